import { invalid } from "../core/index.ts";

/**
 * A pattern as Go's path.Match reads it: `*` and `?` stop at a slash, `[a-z]` and `[^a-z]` are classes, a backslash
 * takes the next character as it is.
 * @throws invalid for a pattern that is cut off
 */
export function globTest(pattern: string): (text: string) => boolean {
  const bad = () => invalid(`syntax error in pattern ${JSON.stringify(pattern)}`);
  let source = "";
  for (let at = 0; at < pattern.length; at++) {
    const character = pattern[at] as string;
    if (character === "*") source += "[^/]*";
    else if (character === "?") source += "[^/]";
    else if (character === "[") {
      const parsed = /^\[(\^?)((?:\\.|[^\]\\])+)\]/s.exec(pattern.slice(at));
      if (!parsed) throw bad();
      source += `[${parsed[1]}${(parsed[2] as string).replace(/[[^]/g, "\\$&")}]`;
      at += parsed[0].length - 1;
    } else if (character === "\\") {
      const next = pattern[++at];
      if (next === undefined) throw bad();
      source += literal(next);
    } else source += literal(character);
  }
  try {
    const expression = new RegExp(`^${source}$`, "s");
    return (text) => expression.test(text);
  } catch {
    throw bad();
  }
}

const literal = (character: string) => character.replace(/[\\^$.*+?()[\]{}|/-]/, "\\$&");
