/**
 * Go's filepath.Match for one path component: `*`, `?`, `[a-z]`, `[^a]`, `\` escapes. Runs in time proportional to
 * pattern times name: only the last star is ever tried again. A malformed pattern matches nothing.
 */
export function matchName(pattern: string, name: string): boolean {
  const tokens = tokenize(pattern);
  if (!tokens) return false;
  const characters = [...name];
  let at = 0;
  let token = 0;
  let star = -1;
  let starAt = 0;
  while (at < characters.length) {
    const current = tokens[token];
    if (current === "*") {
      star = token++;
      starAt = at;
    } else if (current?.(characters[at] as string)) {
      token++;
      at++;
    } else if (star >= 0) {
      token = star + 1;
      at = ++starAt;
    } else return false;
  }
  while (tokens[token] === "*") token++;
  return token === tokens.length;
}

/** True where a component holds a wildcard that is not escaped. */
export function hasWildcard(component: string): boolean {
  return /[*?[]/.test(component.replace(/\\./gs, ""));
}

type Token = "*" | ((character: string) => boolean);

function tokenize(pattern: string): Token[] | undefined {
  const characters = [...pattern];
  const tokens: Token[] = [];
  for (let i = 0; i < characters.length; i++) {
    const character = characters[i] as string;
    if (character === "*") {
      if (tokens.at(-1) !== "*") tokens.push("*");
    } else if (character === "?") tokens.push(() => true);
    else if (character === "[") {
      const parsed = parseClass(characters, i + 1);
      if (!parsed) return undefined;
      tokens.push(parsed.test);
      i = parsed.end;
    } else {
      const literal = character === "\\" ? characters[++i] : character;
      if (literal === undefined) return undefined;
      tokens.push((one) => one === literal);
    }
  }
  return tokens;
}

/** A class behind its `[`; `end` is the index of its `]`. */
function parseClass(
  characters: readonly string[],
  from: number,
): { test: (character: string) => boolean; end: number } | undefined {
  const negated = characters[from] === "^";
  const ranges: [string, string][] = [];
  let i = negated ? from + 1 : from;
  const take = (): string | undefined => {
    const character = characters[i];
    if (character === undefined || character === "-" || character === "]") return undefined;
    if (character === "\\") i++;
    return characters[i++];
  };
  while (characters[i] !== "]" || ranges.length === 0) {
    const low = take();
    if (low === undefined) return undefined;
    let high: string | undefined = low;
    if (characters[i] === "-") {
      i++;
      high = take();
    }
    if (high === undefined) return undefined;
    ranges.push([low, high]);
  }
  const inside = (one: string) =>
    ranges.some(([low, high]) => compare(low, one) <= 0 && compare(one, high) <= 0);
  return { test: (one) => inside(one) !== negated, end: i };
}

function compare(a: string, b: string): number {
  return (a.codePointAt(0) ?? 0) - (b.codePointAt(0) ?? 0);
}
