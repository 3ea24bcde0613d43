import { invalid } from "../../core/index.ts";

/** Splits at the first `separator`; the second part is undefined when there is none. */
export function cut(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

/** `KEY=VALUE` pairs as a map; a key without `=` has the empty value. The last of equal keys counts. */
export function pairs(list: readonly string[]): Record<string, string> {
  const map: Record<string, string> = {};
  for (const item of list) {
    const [key, value = ""] = cut(item, "=");
    map[key] = value;
  }
  return map;
}

const TRUE = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const FALSE = new Set(["0", "f", "F", "FALSE", "false", "False"]);

/** A truth value in the spellings that Go's strconv takes; undefined for any other. */
export function parseTruth(text: string): boolean | undefined {
  return TRUE.has(text) ? true : FALSE.has(text) ? false : undefined;
}

const UNITS = "kmgtp";

/**
 * Bytes of a size as Docker's flags take it: a number, a blank if wanted, and a binary unit (`512m`, `1.5 GiB`,
 * `64kb`, `100b`). @throws invalid
 */
export function parseSize(text: string): number {
  const [, number = "", suffix = ""] = /^(.*[\d. ])?(.*)$/s.exec(text) ?? [];
  if (number === "") throw invalid(`invalid size: '${text}'`);
  const digits = number.endsWith(" ") ? number.slice(0, -1) : number;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(digits)) {
    throw invalid(`strconv.ParseFloat: parsing ${JSON.stringify(digits)}: invalid syntax`);
  }
  if (Number(digits) < 0) throw invalid(`invalid size: '${text}'`);
  const unit = suffix.toLowerCase();
  if (unit === "" || unit === "b") return Math.floor(Number(digits));
  if (!/^[kmgtp](i?b)?$/.test(unit)) throw invalid(`invalid suffix: '${unit}'`);
  return Math.floor(Number(digits) * 1024 ** (UNITS.indexOf(unit.charAt(0)) + 1));
}

/** A whole number in decimal. @throws invalid, worded as Go's strconv words it */
export function parseInteger(text: string): number {
  const bad = (why: string) => invalid(`strconv.ParseInt: parsing ${JSON.stringify(text)}: ${why}`);
  if (!/^[+-]?\d+$/.test(text)) throw bad("invalid syntax");
  if (!Number.isSafeInteger(Number(text))) throw bad("value out of range");
  return Number(text);
}
