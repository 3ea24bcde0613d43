import { goString } from "./print-value.ts";
import { formatFloat, formatInteger } from "./printf-number.ts";
import { type Directive, pad } from "./printf-pad.ts";
import { isList, isRecord, isStruct, kindOf, numberOf, typeName, type Value } from "./value.ts";

/** Widths and precisions beyond this are refused, as in Go. */
const MAX_WIDTH = 1_000_000;
const DIRECTIVE = /%([-+# 0]*)(?:(\[\d+\])?(\*)|(\d+))?(?:\.(?:(\[\d+\])?(\*)|(\d*)))?(\[\d+\])?([\s\S]|$)/gu;

/** Go's fmt.Sprintf, with its own texts for wrong operands: `%!d(string=x)`, `%!d(MISSING)`. */
export function sprintf(format: string, args: readonly Value[]): string {
  let next = 0;
  let reordered = false;
  const take = (index: string | undefined): Value | typeof MISSING | typeof BAD => {
    if (index !== undefined) {
      reordered = true;
      next = Number(index.slice(1, -1)) - 1;
      if (next < 0 || next >= args.length) return BAD;
    }
    return next < args.length ? args[next++] : MISSING;
  };
  const out = format.replace(
    DIRECTIVE,
    (_all, flags: string, wIndex, wStar, width, pIndex, pStar, precision, index, verb: string) => {
      const directive: Directive = { flags, verb };
      if (wStar) {
        const value = take(wIndex);
        const given = typeof value === "symbol" ? undefined : numberOf(value);
        if (given === undefined || Math.abs(given) > MAX_WIDTH) return "%!(BADWIDTH)";
        directive.width = Math.abs(given);
        if (given < 0) directive.flags += "-";
      } else if (width !== undefined) directive.width = Math.min(Number(width), MAX_WIDTH);
      if (pStar) {
        const value = take(pIndex);
        const given = typeof value === "symbol" ? undefined : numberOf(value);
        if (given === undefined || given > MAX_WIDTH) return "%!(BADPREC)";
        if (given >= 0) directive.precision = given;
      } else if (precision !== undefined) directive.precision = Math.min(Number(precision), MAX_WIDTH);
      if (verb === "%") return "%";
      if (verb === "") return "%!(NOVERB)";
      const value = take(index);
      if (value === BAD) return `%!${verb}(BADINDEX)`;
      if (value === MISSING) return `%!${verb}(MISSING)`;
      return formatOne(directive, value);
    },
  );
  if (reordered || next >= args.length) return out;
  const extra = args
    .slice(next)
    .map((arg) => (kindOf(arg) === "nil" ? "<nil>" : `${typeName(arg)}=${goString(arg)}`));
  return `${out}%!(EXTRA ${extra.join(", ")})`;
}

const MISSING = Symbol("no operand left");
const BAD = Symbol("no such operand");

/** One value by one directive. */
export function formatOne(directive: Directive, value: Value): string {
  const { verb } = directive;
  if (verb === "T") return pad(directive, typeName(value));
  if (verb === "v") return pad(directive, directive.flags.includes("#") ? goSyntax(value) : goString(value));
  const kind = kindOf(value);
  if (kind === "list" && isList(value)) {
    return `[${value.map((item) => formatOne(directive, item)).join(" ")}]`;
  }
  if (kind === "bool" && verb === "t") return pad(directive, String(value));
  if (kind === "string" && typeof value === "string") return formatString(directive, value);
  if (kind === "int") {
    const text = formatInteger(directive, typeof value === "bigint" ? value : BigInt(numberOf(value) ?? 0));
    if (text !== undefined) return text;
  }
  if (kind === "float") {
    const text = formatFloat(directive, numberOf(value) ?? 0);
    if (text !== undefined) return text;
  }
  return wrongVerb(verb, value);
}

function wrongVerb(verb: string, value: Value): string {
  return kindOf(value) === "nil" ? `%!${verb}(<nil>)` : `%!${verb}(${typeName(value)}=${goString(value)})`;
}

function formatString(directive: Directive, value: string): string {
  const cut = directive.precision === undefined ? value : [...value].slice(0, directive.precision).join("");
  const hex = Buffer.from(cut).toString("hex");
  switch (directive.verb) {
    case "s":
      return pad(directive, cut);
    case "q":
      return pad(directive, JSON.stringify(cut));
    case "x":
      return pad(directive, hex);
    case "X":
      return pad(directive, hex.toUpperCase());
    default:
      return wrongVerb(directive.verb, value);
  }
}

/** `%#v`: strings are quoted, lists and maps carry their type. */
function goSyntax(value: Value): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (isList(value)) return `${typeName(value)}{${value.map(goSyntax).join(", ")}}`;
  if (isRecord(value) && !isStruct(value)) {
    const entries = Object.keys(value)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${goSyntax(value[key])}`);
    return `${typeName(value)}{${entries.join(", ")}}`;
  }
  return goString(value);
}
