/**
 * Shell patterns of `${v#p}`, `${v%p}` and `${v/p/r}`: `*` and `?` only, `\` escapes (POSIX 2.13 without bracket
 * expressions). Matched by a table over pattern and value, never by a regular expression, so that no pattern can make
 * the engine run for long.
 */
type Token = { readonly any: "one" | "many" } | { readonly literal: string };

const LARGEST_TABLE = 20_000_000;

export class PatternError extends Error {}

/** @throws PatternError on an escape that means nothing */
function tokenize(pattern: string): Token[] {
  const tokens: Token[] = [];
  const characters = [...pattern];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] as string;
    if (character === "*") {
      // Neighbouring stars mean the same as one.
      const last = tokens.at(-1);
      if (!(last && "any" in last && last.any === "many")) tokens.push({ any: "many" });
    } else if (character === "?") tokens.push({ any: "one" });
    else if (character === "\\") {
      const next = characters[++i];
      if (next === undefined || !"*?\\}/".includes(next)) {
        throw new PatternError(`invalid escape '\\${next ?? ""}'`);
      }
      tokens.push({ literal: next });
    } else tokens.push({ literal: character });
  }
  return tokens;
}

/** For a start in `value`: every length (in characters) that the whole pattern can match from there. */
function lengthsFrom(tokens: readonly Token[], value: readonly string[], start: number): boolean[] {
  let reached: boolean[] = [true];
  const rest = value.length - start;
  for (const token of tokens) {
    const next: boolean[] = [];
    for (let length = 0; length <= rest; length++) {
      const before = length > 0 ? (value[start + length - 1] as string) : "";
      if ("literal" in token)
        next[length] = length > 0 && reached[length - 1] === true && before === token.literal;
      else if (token.any === "one")
        next[length] = length > 0 && reached[length - 1] === true && before !== "\n";
      else
        next[length] =
          reached[length] === true || (length > 0 && next[length - 1] === true && before !== "\n");
    }
    reached = next;
  }
  return reached;
}

function check(tokens: readonly Token[], value: readonly string[], starts: number): void {
  if ((tokens.length + 1) * (value.length + 1) * starts > LARGEST_TABLE) {
    throw new PatternError("pattern and value are too long to match");
  }
}

function cut(tokens: readonly Token[], value: readonly string[], longest: boolean): readonly string[] {
  check(tokens, value, 1);
  const lengths = lengthsFrom(tokens, value, 0);
  const length = longest ? lengths.lastIndexOf(true) : lengths.indexOf(true);
  return length > 0 ? value.slice(length) : value;
}

/** `value` without what `pattern` matches at its start. */
export function removePrefix(value: string, pattern: string, longest: boolean): string {
  return cut(tokenize(pattern), [...value], longest).join("");
}

/** `value` without what `pattern` matches at its end. */
export function removeSuffix(value: string, pattern: string, longest: boolean): string {
  const reversed = cut(tokenize(pattern).reverse(), [...value].reverse(), longest);
  return [...reversed].reverse().join("");
}

/** Replaces the first (or every) longest match of `pattern`; the replacement is taken as it stands. */
export function replaceMatches(value: string, pattern: string, replacement: string, all: boolean): string {
  const tokens = tokenize(pattern);
  const characters = [...value];
  check(tokens, characters, characters.length + 1);
  const out: string[] = [];
  let afterMatch = -1;
  for (let start = 0; start <= characters.length; ) {
    const length = lengthsFrom(tokens, characters, start).lastIndexOf(true);
    // An empty match directly behind the last match is none (RE2's rule, which the Go builder shows).
    if (length > 0 || (length === 0 && start !== afterMatch)) {
      out.push(replacement);
      if (!all) return out.join("") + characters.slice(start + length).join("");
      afterMatch = start + length;
    }
    if (length > 0) start += length;
    else {
      out.push(characters[start] ?? "");
      start++;
    }
  }
  return out.join("");
}
