import { Float, type Value } from "./value.ts";

const SIMPLE: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

/** The text of a Go string or character literal without its quotes; undefined when an escape is wrong. */
export function unquote(quoted: string): string | undefined {
  const quote = quoted[0];
  const body = quoted.slice(1, -1);
  let wrong = false;
  const text = body.replace(
    /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-7]{3})|(.?))/gsu,
    (_all, x?: string, u?: string, long?: string, octal?: string, simple?: string) => {
      const hex = x ?? u ?? long;
      const point =
        hex !== undefined ? Number.parseInt(hex, 16) : octal !== undefined ? Number.parseInt(octal, 8) : -1;
      if (point >= 0) {
        if (point <= 0x10ffff && (octal === undefined || point <= 0xff)) return String.fromCodePoint(point);
        wrong = true;
        return "";
      }
      const plain = SIMPLE[simple ?? ""];
      if (plain === undefined || (simple !== quote && (simple === "'" || simple === '"'))) wrong = true;
      return plain ?? "";
    },
  );
  return wrong ? undefined : text;
}

/** The code point of a Go character literal; undefined when it is not exactly one character. */
export function characterValue(quoted: string): number | undefined {
  const points = [...(unquote(quoted) ?? "")];
  return points.length === 1 ? points[0]?.codePointAt(0) : undefined;
}

/** A Go number literal: whole ones are int, those with a point or an exponent float64; undefined when it is none. */
export function numberValue(text: string): Value {
  const m = /^([+-]?)(.*)$/.exec(text.replaceAll(/(?<=[0-9a-fA-FxXbBoO])_(?=[0-9a-fA-F])/g, ""));
  const sign = m?.[1] === "-" ? -1 : 1;
  const digits = m?.[2] ?? "";
  if (/^0[xX][0-9a-fA-F]+$|^0[bB][01]+$|^0[oO][0-7]+$|^[1-9][0-9]*$|^0$/.test(digits)) {
    const value = Number(digits);
    return Number.isSafeInteger(value) ? sign * value : BigInt(sign) * BigInt(digits);
  }
  if (/^0[0-7]+$/.test(digits)) return sign * Number.parseInt(digits, 8);
  if (/^(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(digits))
    return new Float(sign * Number(digits));
  return undefined;
}
