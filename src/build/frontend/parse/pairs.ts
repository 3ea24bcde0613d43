import type { ArgInstruction, Pair, PairsInstruction } from "../instruction.ts";
import { trimStart } from "../space.ts";
import { splitWords } from "../words.ts";
import { mistake, origin, type ParseRequest, readFlags, required } from "./request.ts";

/** `k=v k2="a b"`, or the old form `k rest of the line` when the first word has no `=`. */
export function parsePairs(kind: "env" | "label", request: ParseRequest): PairsInstruction {
  readFlags(request, []);
  const words = splitWords(required(request), request.escape);
  const legacy = !words[0]?.includes("=");
  const pairs = legacy ? [legacyPair(request)] : words.map((word) => pair(request, word));
  if (pairs.some(({ key }) => key === "")) throw mistake(request, `${request.name} names can not be blank`);
  return { ...origin(request), kind, pairs, legacy };
}

function legacyPair(request: ParseRequest): Pair {
  const key = /^[^\t\v\f\r ]*/.exec(request.rest)?.[0] ?? "";
  const value = trimStart(request.rest.slice(key.length));
  if (value === "") throw mistake(request, `${request.name} must have two arguments`);
  return { key, value };
}

function pair(request: ParseRequest, word: string): Pair {
  const equals = word.indexOf("=");
  if (equals < 0) {
    const shown = JSON.stringify(word);
    throw mistake(request, `Syntax error - can't find = in ${shown}. Must be of the form: name=value`);
  }
  return { key: word.slice(0, equals), value: word.slice(equals + 1) };
}

export function parseArg(request: ParseRequest): ArgInstruction {
  readFlags(request, []);
  const args = splitWords(required(request), request.escape).map((word): Pair => {
    const equals = word.indexOf("=");
    return equals < 0
      ? { key: word, value: undefined }
      : { key: word.slice(0, equals), value: word.slice(equals + 1) };
  });
  if (args.some(({ key }) => key === "")) throw mistake(request, "ARG names can not be blank");
  return { ...origin(request), kind: "arg", args };
}
