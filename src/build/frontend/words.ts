import type { EscapeCharacter } from "./directives.ts";
import { isSpace } from "./space.ts";

/** Splits at blanks outside quotes. Quotes and escapes stay in the words; expansion removes them later. */
export function splitWords(text: string, escapeWith: EscapeCharacter): string[] {
  const words: string[] = [];
  let word: string[] = [];
  let quote = "";
  for (let i = 0; i < text.length; i++) {
    const character = text[i] as string;
    if (quote === "" && isSpace(character)) {
      if (word.length > 0) words.push(word.join(""));
      word = [];
      continue;
    }
    if (character === escapeWith && quote !== "'") {
      // An escape character at the very end stands for nothing.
      if (i + 1 === text.length) break;
      word.push(character, text[++i] as string);
      continue;
    }
    if (quote === "" && (character === "'" || character === '"')) quote = character;
    else if (character === quote) quote = "";
    word.push(character);
  }
  if (word.length > 0) words.push(word.join(""));
  return words;
}

/** Splits at blanks, without regard to quotes, as FROM, EXPOSE, COPY, ADD and VOLUME are read. */
export function splitBlanks(text: string): string[] {
  return text === "" ? [] : text.split(/[\t\v\f\r ]+/);
}

/** The items of a JSON array of strings; undefined when the text is not a JSON array at all. */
export function jsonArray(text: string): string[] | "not strings" | undefined {
  if (!text.startsWith("[")) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(value)) return undefined;
  return value.every((item) => typeof item === "string") ? value : "not strings";
}
