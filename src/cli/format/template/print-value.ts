import {
  Float,
  isList,
  isRecord,
  isStruct,
  kindOf,
  Row,
  rowFields,
  structValues,
  Timestamp,
  type Value,
} from "./value.ts";

/** Nothing that JSON can hold nests deeper; a value that does is cut. */
const MAX_DEPTH = 200;

/** A value as Go's `%v` prints it: `map[a:b]`, `[a b]`, `{a b}`, `<nil>`. */
export function goString(value: Value, depth = 0): string {
  if (value === undefined || value === null) return "<nil>";
  if (typeof value === "string") return value;
  if (value instanceof Float) return goFloat(value.value);
  if (typeof value === "number") return kindOf(value) === "int" ? wholeNumber(value) : goFloat(value);
  if (typeof value !== "object") return String(value);
  if (depth > MAX_DEPTH) return "...";
  if (value instanceof Timestamp) return goTimestamp(value.text);
  if (value instanceof Row) return fieldsText(Object.values(rowFields(value)), depth);
  if (isList(value)) return `[${value.map((item) => goString(item, depth + 1)).join(" ")}]`;
  if (isRecord(value)) {
    if (isStruct(value)) return fieldsText(structValues(value), depth);
    const entries = sortedKeys(value).map((key) => `${key}:${goString(value[key], depth + 1)}`);
    return `map[${entries.join(" ")}]`;
  }
  return "";
}

function fieldsText(fields: readonly Value[], depth: number): string {
  return `{${fields.map((field) => goString(field, depth + 1)).join(" ")}}`;
}

/** RFC 3339 in UTC becomes `2026-01-02 03:04:05.123 +0000 UTC`; other text stays. */
function goTimestamp(text: string): string {
  return text.replace(/^(\d{4}-\d\d-\d\d)T(\d\d:\d\d:\d\d(?:\.\d+)?)Z$/, "$1 $2 +0000 UTC");
}

/** Map keys in the order in which Go prints and ranges over them: by bytes. */
export function sortedKeys(record: object): string[] {
  return Object.keys(record).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}

function wholeNumber(value: number): string {
  return Number.isSafeInteger(value) ? String(value) : BigInt(value).toString();
}

/** A float64 as Go prints it: in the shortest form, with an exponent below 1e-4 and from 1e6 on. */
export function goFloat(value: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  if (Object.is(value, -0)) return "-0";
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-4 || size >= 1e6)) return twoDigitExponent(value.toExponential());
  return String(value);
}

/** Go writes at least two digits of exponent. */
export function twoDigitExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, "e$10$2");
}
