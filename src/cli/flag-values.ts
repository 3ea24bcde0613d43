import type { Flag } from "./command.ts";
import { FlagError } from "./usage-error.ts";

const TRUE = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const FALSE = new Set(["0", "f", "F", "FALSE", "false", "False"]);

/** A flag as Docker names it in errors: `-n, --last`, or `--all`. */
export function flagName(flag: Pick<Flag, "name" | "short">): string {
  return flag.short ? `-${flag.short}, --${flag.name}` : `--${flag.name}`;
}

/** What pflag says of a value that cannot be read. */
export function invalidArgument(flag: Pick<Flag, "name" | "short">, text: string, why: string): FlagError {
  return new FlagError(`invalid argument ${JSON.stringify(text)} for "${flagName(flag)}" flag: ${why}`);
}

/** The spellings of Go's strconv.ParseBool. @throws FlagError */
export function parseBoolean(flag: Flag, text: string): boolean {
  if (TRUE.has(text)) return true;
  if (FALSE.has(text)) return false;
  throw invalidArgument(flag, text, `strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`);
}

/** A whole number with Go's prefixes (`0x`, `0o`, `0b`, a leading 0), or a decimal where the flag takes one. @throws FlagError */
export function parseNumber(flag: Flag, text: string): number {
  if (flag.value === "decimal" || flag.value === "float") {
    if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return Number(text);
    throw invalidArgument(flag, text, `strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  const bad = (why: string) =>
    invalidArgument(flag, text, `strconv.ParseInt: parsing ${JSON.stringify(text)}: ${why}`);
  const m = /^([+-]?)(0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO]?[0-7_]+|0|[1-9][0-9_]*)$/.exec(text);
  if (!m) throw bad("invalid syntax");
  const digits = (m[2] as string).replaceAll("_", "");
  const octal = /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits;
  const value = (m[1] === "-" ? -1 : 1) * Number(octal);
  if (!Number.isSafeInteger(value)) throw bad("value out of range");
  return value;
}
