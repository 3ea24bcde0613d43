import { CallError } from "./call-error.ts";
import type { ParameterType } from "./functions.ts";
import { isList, isRecord, isStruct, kindOf, ownField, structField, typeName, type Value } from "./value.ts";

/**
 * A field of a struct or an element of a map. A map's missing element is `undefined`, and so is everything below it; a
 * struct's missing field is an error. @throws CallError
 */
export function takeField(value: Value, name: string): Value {
  if (value === undefined) return undefined;
  if (value === null) throw new CallError(`nil pointer evaluating interface {}.${name}`);
  if (!isRecord(value)) {
    const type = isList(value) ? typeName(value) : "interface {}";
    throw new CallError(`can't evaluate field ${name} in type ${type}`);
  }
  if (!isStruct(value)) return ownField(value, name);
  const found = structField(value, name);
  if (found !== undefined) return found;
  throw new CallError(`map has no entry for key ${JSON.stringify(name)}`);
}

/** What is wrong with an argument, if anything. `literal` is its source text where it is a constant. */
export function checkArguments(
  type: ParameterType,
  value: Value,
  literal: string | undefined,
): string | undefined {
  if (type === "any") return undefined;
  const fits =
    type === "string"
      ? typeof value === "string"
      : type === "int"
        ? kindOf(value) === "int"
        : isList(value) && value.every((item) => typeof item === "string");
  if (fits || (type === "strings" && value === null)) return undefined;
  const wanted = type === "strings" ? "[]string" : type === "int" ? "integer" : "string";
  if (literal !== undefined && type !== "strings") return `expected ${wanted}; found ${literal}`;
  const expected = type === "strings" ? "[]string" : type;
  if (kindOf(value) === "nil") return `invalid value; expected ${expected}`;
  return `wrong type for value; expected ${expected}; got ${typeName(value)}`;
}
