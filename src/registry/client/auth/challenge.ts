/** One way to authenticate that a server offers. */
export interface Challenge {
  /** In lower case: `bearer`, `basic`. */
  readonly scheme: string;
  /** Names in lower case. */
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = "[A-Za-z0-9!#$%&'*+.^_`|~-]+";
const PARAMETER = new RegExp(
  `(${TOKEN})\\s*=\\s*(?:"((?:[^"\\\\]|\\\\[\\s\\S])*)"|(${TOKEN}))\\s*(?:,|$)`,
  "y",
);
const SCHEME = new RegExp(`(${TOKEN})(?:\\s+|,|$)`, "y");
const BLANK = /[\s,]*/y;
/** Longer ones are no challenge of a registry, in characters. */
const MAX_HEADER = 16 * 1024;

/**
 * Challenges of a WWW-Authenticate header (RFC 9110, section 11.6.1), several fields joined by ", ". Reading stops
 * where it is no longer one; of a parameter named twice the first counts.
 */
export function parseChallenges(header: string | undefined): Challenge[] {
  const text = header ?? "";
  const challenges: Challenge[] = [];
  if (text.length > MAX_HEADER) return challenges;
  let at = skip(BLANK, text, 0);
  while (at < text.length) {
    const scheme = match(SCHEME, text, at);
    if (!scheme) break;
    at = skip(BLANK, text, at + scheme[0].length);
    const parameters = new Map<string, string>();
    for (let found = match(PARAMETER, text, at); found; found = match(PARAMETER, text, at)) {
      const name = (found[1] as string).toLowerCase();
      const value = found[2]?.replace(/\\([\s\S])/g, "$1") ?? (found[3] as string);
      if (!parameters.has(name)) parameters.set(name, value);
      at = skip(BLANK, text, at + found[0].length);
    }
    challenges.push({ scheme: (scheme[1] as string).toLowerCase(), parameters });
  }
  return challenges;
}

function match(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function skip(pattern: RegExp, text: string, at: number): number {
  return at + (match(pattern, text, at)?.[0].length ?? 0);
}
