import { CallError } from "./call-error.ts";
import { kindOf, numberOf, typeName, type Value } from "./value.ts";

/** `eq`: the first equals any of the others. @throws CallError for kinds that cannot be compared */
export function equalsAny(first: Value, others: readonly Value[]): boolean {
  if (others.length === 0) throw new CallError("missing argument for comparison");
  return others.some((other) => equals(first, other));
}

function equals(a: Value, b: Value): boolean {
  const left = kindOf(a);
  const right = kindOf(b);
  if (left === "nil" || right === "nil") return left === right;
  for (const [kind, value] of [
    [left, a],
    [right, b],
  ] as const) {
    if (kind === "list" || kind === "map" || kind === "struct") {
      throw new CallError(`non-comparable type ${typeName(value)}`);
    }
  }
  if (left !== right) throw new CallError("incompatible types for comparison");
  return numeric(a) === numeric(b);
}

function numeric(value: Value): Value {
  return typeof value === "bigint" ? value : (numberOf(value) ?? value);
}

/** Negative, zero or positive, for `lt` and its kin. @throws CallError for kinds that have no order */
export function compareOrdered(a: Value, b: Value): number {
  const left = kindOf(a);
  const right = kindOf(b);
  if (left === "nil" || right === "nil") throw new CallError("invalid type for comparison");
  if (left !== right) throw new CallError("incompatible types for comparison");
  if (typeof a === "string" && typeof b === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (left !== "int" && left !== "float") throw new CallError("invalid type for comparison");
  if (typeof a === "bigint" || typeof b === "bigint") {
    const difference = BigInt(a as bigint) - BigInt(b as bigint);
    return difference < 0n ? -1 : difference > 0n ? 1 : 0;
  }
  return (numberOf(a) ?? 0) - (numberOf(b) ?? 0);
}
