import { isSpace, trim } from "./space.ts";

/** One `--name=value` (or `--name`) before an instruction's arguments. */
export interface Flag {
  readonly name: string;
  /** Undefined when no `=` was written. */
  readonly value: string | undefined;
}

/** An instruction's text, taken apart: its name, its flags, the rest. */
export interface Head {
  /** Upper case. */
  readonly name: string;
  /** As written, for messages. */
  readonly written: string;
  readonly flags: readonly Flag[];
  readonly rest: string;
}

/** Splits a logical line. Flags end at the first word without `--`, or behind a lone `--`. */
export function splitHead(text: string): Head {
  const line = trim(text);
  const written = /^[^\t\v\f\r ]+/.exec(line)?.[0] ?? "";
  const { flags, rest } = splitFlags(line.slice(written.length));
  return { name: written.toUpperCase(), written, flags, rest: trim(rest) };
}

function splitFlags(text: string): { flags: Flag[]; rest: string } {
  const flags: Flag[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && isSpace(text[at] as string)) at++;
    if (!text.startsWith("--", at)) return { flags, rest: text.slice(at) };
    const word = flagWord(text, at);
    at = word.end;
    if (word.text === "--") return { flags, rest: text.slice(at) };
    const equals = word.text.indexOf("=");
    flags.push({
      name: equals < 0 ? word.text.slice(2) : word.text.slice(2, equals),
      value: equals < 0 ? undefined : word.text.slice(equals + 1),
    });
  }
}

/** A word with its quotes and escapes resolved. The escape character of flags is always `\`. */
function flagWord(text: string, from: number): { text: string; end: number } {
  const out: string[] = [];
  let quote = "";
  let at = from;
  for (; at < text.length; at++) {
    const character = text[at] as string;
    if (quote === "" && isSpace(character)) break;
    if (character === quote) quote = "";
    else if (quote === "" && (character === "'" || character === '"')) quote = character;
    else if (character === "\\") out.push(text[++at] ?? "");
    else out.push(character);
  }
  return { text: out.join(""), end: Math.min(at, text.length) };
}
