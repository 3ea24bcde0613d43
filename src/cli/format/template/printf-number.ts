import { goFloat, twoDigitExponent } from "./print-value.ts";
import { type Directive, pad } from "./printf-pad.ts";

const BASES: Readonly<Record<string, number>> = { d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };
const PREFIXES: Readonly<Record<string, string>> = { b: "0b", o: "0", x: "0x", X: "0X" };
/** JavaScript's own limit of digits after the point. */
const MAX_FRACTION = 100;

/** An int by one of the integer verbs; undefined when the verb is none of them. */
export function formatInteger(directive: Directive, value: bigint): string | undefined {
  const { verb, flags, precision } = directive;
  const base = BASES[verb];
  if (base !== undefined) {
    let digits = (value < 0n ? -value : value).toString(base);
    if (verb === "X") digits = digits.toUpperCase();
    if (precision !== undefined) digits = digits.padStart(precision, "0");
    const prefix = verb === "O" ? "0o" : flags.includes("#") ? (PREFIXES[verb] ?? "") : "";
    return padNumber(directive, signOf(flags, value < 0n), prefix + digits);
  }
  const point = value >= 0n && value <= 0x10ffffn ? Number(value) : 0xfffd;
  switch (verb) {
    case "c":
      return pad(directive, String.fromCodePoint(point));
    case "q":
      return pad(directive, `'${String.fromCodePoint(point)}'`);
    case "U":
      return pad(directive, `U+${value.toString(16).toUpperCase().padStart(4, "0")}`);
    default:
      return undefined;
  }
}

/** A float64 by one of the floating-point verbs; undefined when the verb is none of them. */
export function formatFloat(directive: Directive, value: number): string | undefined {
  const { verb, flags } = directive;
  if (!"eEfFgG".includes(verb)) return undefined;
  const size = Math.abs(value);
  const text = Number.isFinite(value) ? floatDigits(directive, size) : Number.isNaN(value) ? "NaN" : "Inf";
  const shown = verb === "E" || verb === "G" ? text.toUpperCase() : text;
  return padNumber(directive, signOf(flags, value < 0 || Object.is(value, -0)), shown);
}

function floatDigits({ verb, precision }: Directive, size: number): string {
  const digits = Math.min(precision ?? 6, MAX_FRACTION);
  if (verb === "f" || verb === "F") {
    return size >= 1e21
      ? `${BigInt(size)}${digits > 0 ? `.${"0".repeat(digits)}` : ""}`
      : fixed(size, digits);
  }
  if (verb === "e" || verb === "E") return twoDigitExponent(size.toExponential(digits));
  if (precision === undefined) return goFloat(size);
  const text = size.toPrecision(Math.max(1, digits));
  const [mantissa = "", exponent] = text.split("e");
  const short = mantissa.includes(".") ? mantissa.replace(/\.?0+$/, "") : mantissa;
  return exponent === undefined ? short : twoDigitExponent(`${short}e${exponent}`);
}

/** Rounded to even where the number lies in the middle, as Go does; `toFixed` alone rounds up. */
function fixed(size: number, digits: number): string {
  const exact = size.toFixed(MAX_FRACTION);
  const point = exact.indexOf(".");
  const cut = digits === 0 ? point : point + 1 + digits;
  const kept = exact.slice(0, cut);
  const middle = /^50*$/.test(exact.slice(digits === 0 ? point + 1 : cut));
  return middle && Number(kept.at(-1)) % 2 === 0 ? kept : size.toFixed(digits);
}

function signOf(flags: string, negative: boolean): string {
  if (negative) return "-";
  return flags.includes("+") ? "+" : flags.includes(" ") ? " " : "";
}

/** Zeros go between sign and digits. */
function padNumber(directive: Directive, sign: string, digits: string): string {
  const { flags, width = 0, precision } = directive;
  if (flags.includes("0") && !flags.includes("-") && precision === undefined) {
    return sign + digits.padStart(width - sign.length, "0");
  }
  return pad(directive, sign + digits);
}
