import { CallError } from "./call-error.ts";
import { compareOrdered, equalsAny } from "./compare.ts";
import { escapeHtml, escapeJs, escapeQuery } from "./escape.ts";
import { goString } from "./print-value.ts";
import { sprintf } from "./printf.ts";
import { isList, isRecord, kindOf, numberOf, ownField, truth, typeName, type Value } from "./value.ts";

/** What a parameter takes. */
export type ParameterType = "any" | "string" | "int" | "strings";

export interface TemplateFunction {
  readonly parameters: readonly ParameterType[];
  /** Further arguments of any number. */
  readonly rest?: ParameterType;
  call(...args: Value[]): Value;
}

const any = (count: number, call: (...args: Value[]) => Value): TemplateFunction => ({
  parameters: Array<ParameterType>(count).fill("any"),
  call,
});
const variadic = (count: number, call: (...args: Value[]) => Value): TemplateFunction => ({
  ...any(count, call),
  rest: "any",
});

/** Go puts spaces between operands of print only where neither side is a string. */
function print(args: readonly Value[]): string {
  let text = "";
  for (const [i, arg] of args.entries()) {
    if (i > 0 && typeof arg !== "string" && typeof args[i - 1] !== "string") text += " ";
    text += goString(arg);
  }
  return text;
}

const spaced = (args: readonly Value[]) => args.map((arg) => goString(arg)).join(" ");

/** The functions that every template of Go's text/template knows. `and` and `or` are in the evaluator: they stop early. */
export const builtinFunctions: Readonly<Record<string, TemplateFunction>> = {
  eq: variadic(1, (a, ...rest) => equalsAny(a, rest)),
  ne: any(2, (a, b) => !equalsAny(a, [b])),
  lt: any(2, (a, b) => compareOrdered(a, b) < 0),
  le: any(2, (a, b) => compareOrdered(a, b) <= 0),
  gt: any(2, (a, b) => compareOrdered(a, b) > 0),
  ge: any(2, (a, b) => compareOrdered(a, b) >= 0),
  not: any(1, (value) => !truth(value)),
  len: any(1, length),
  index: variadic(1, (value, ...keys) => keys.reduce<Value>(indexOnce, checkIndexable(value, keys))),
  slice: variadic(1, sliceOf),
  print: variadic(0, (...args) => print(args)),
  println: variadic(0, (...args) => `${spaced(args)}\n`),
  printf: {
    parameters: ["string"],
    rest: "any",
    call: (format, ...args) => sprintf(String(format), args),
  },
  html: variadic(0, (...args) => escapeHtml(print(args))),
  js: variadic(0, (...args) => escapeJs(print(args))),
  urlquery: variadic(0, (...args) => escapeQuery(print(args))),
};

function length(value: Value): number {
  if (typeof value === "string") return Buffer.byteLength(value);
  if (isList(value)) return value.length;
  if (isRecord(value) && kindOf(value) === "map") return Object.keys(value).length;
  throw new CallError(kindOf(value) === "nil" ? "len of nil pointer" : `len of type ${typeName(value)}`);
}

function checkIndexable(value: Value, keys: readonly Value[]): Value {
  if (kindOf(value) === "nil") throw new CallError("index of untyped nil");
  if (keys.length === 0) return value;
  return value;
}

function indexOnce(value: Value, key: Value): Value {
  if (kindOf(value) === "nil") throw new CallError("index of nil pointer");
  if (kindOf(value) === "map" && isRecord(value)) {
    if (typeof key !== "string") {
      throw new CallError(
        kindOf(key) === "nil"
          ? "value is nil; should be of type string"
          : `value has type ${typeName(key)}; should be string`,
      );
    }
    const found = ownField(value, key);
    return found === undefined ? zeroElement(value) : found;
  }
  if (isList(value) || typeof value === "string") {
    const at = indexArgument(key);
    const bytes = typeof value === "string" ? Buffer.from(value) : value;
    if (at < 0 || at >= bytes.length) throw new CallError(`index out of range: ${at}`);
    return bytes[at];
  }
  throw new CallError(`can't index item of type ${typeName(value)}`);
}

/** A missing key of a map gives its element type's zero value: "" for maps of strings, nil for others. */
function zeroElement(map: { readonly [key: string]: Value }): Value {
  return Object.values(map).every((value) => typeof value === "string") ? "" : null;
}

function indexArgument(key: Value): number {
  const kind = kindOf(key);
  if (kind === "nil") throw new CallError("cannot index slice/array with nil");
  if (kind !== "int") throw new CallError(`cannot index slice/array with type ${typeName(key)}`);
  return numberOf(key) as number;
}

function sliceOf(value: Value, ...indexes: Value[]): Value {
  if (kindOf(value) === "nil") throw new CallError("slice of untyped nil");
  if (indexes.length > 3) throw new CallError(`too many slice indexes: ${indexes.length}`);
  if (typeof value === "string" && indexes.length === 3) throw new CallError("cannot 3-index slice a string");
  if (typeof value !== "string" && !isList(value)) {
    throw new CallError(`can't slice item of type ${typeName(value)}`);
  }
  const items = typeof value === "string" ? Buffer.from(value) : value;
  const bounds = indexes.map(indexArgument);
  for (const at of bounds) {
    if (at < 0 || at > items.length) throw new CallError(`index out of range: ${at}`);
  }
  const [from = 0, to = items.length] = bounds;
  if (from > to) throw new CallError(`invalid slice index: ${from} > ${to}`);
  return Buffer.isBuffer(items) ? items.subarray(from, to).toString() : (items.slice(from, to) as Value[]);
}
