import { escapeJsonForHtml } from "./escape.ts";
import { sortedKeys } from "./print-value.ts";
import {
  Float,
  isList,
  isNil,
  isRecord,
  isStruct,
  kindOf,
  Row,
  rowFields,
  Timestamp,
  type Value,
} from "./value.ts";

/** Deeper values come from no engine. */
const MAX_DEPTH = 500;

/** A value as Go's JSON encoder writes it: keys of maps sorted, fields of structs in their own order. */
export function jsonOf(value: Value, depth = 0): string {
  if (depth > MAX_DEPTH) return "null";
  if (value instanceof Row) return value.json?.() ?? escapeJsonForHtml(jsonOf(rowFields(value), depth));
  if (value instanceof Timestamp) return JSON.stringify(value.text);
  if (value instanceof Float) return JSON.stringify(value.value);
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "object" && value !== null && isNil(value)) return "null";
  if (isList(value)) return `[${value.map((item) => jsonOf(item, depth + 1)).join(",")}]`;
  if (isRecord(value)) {
    const keys = isStruct(value) ? Object.keys(value) : sortedKeys(value);
    return `{${keys.map((key) => `${JSON.stringify(key)}:${jsonOf(value[key], depth + 1)}`).join(",")}}`;
  }
  return kindOf(value) === "nil" ? "null" : JSON.stringify(value);
}
