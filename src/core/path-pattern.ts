/** One piece of a pattern for paths. */
type Token =
  | { readonly kind: "one"; readonly matches: (character: string) => boolean; readonly source: string }
  /** `*`: any characters but a slash. */
  | { readonly kind: "within" }
  /** `**` before more: nothing, or anything that ends with a slash. */
  | { readonly kind: "directories" }
  /** `**` at the end: anything. */
  | { readonly kind: "rest" };

const CROSSING_TOKEN = /\*\*\/?|\*|\?|\[|\\|[^*?[\\]/suy;
const TOKEN = /\*|\?|\[|\\|[^*?[\\]/suy;
/** `[abc]`, `[a-z]`, `[^a]`: members and ranges, each of which may be escaped. */
const CLASS = /\[\^?(?:(?:\\.|[^\\\]-])(?:-(?:\\.|[^\\\]-]))?)+\]/suy;
const ESCAPED = /\\(.)/suy;
/** With more wildcards than this, trying all ways to divide a path between them could take for ever. */
const FEW = 2;

/**
 * A test for whole paths from a pattern in which `*` and `?` stop at a slash and `**` does not; with `crossing` false
 * that is but two of them, as in Go's path.Match. Patterns come from strangers: no pattern takes longer than its length
 * times the path's.
 * @throws SyntaxError for a class that is not closed or a backslash with nothing after it
 */
export function pathPattern(pattern: string, { crossing = true } = {}): (path: string) => boolean {
  // `**name` without another wildcard means every path that ends so, although no slash follows.
  const suffix = crossing ? /^\*\*([^/*?[\\][^*?[\\]*)$/.exec(pattern)?.[1] : undefined;
  if (suffix !== undefined) return (path) => path.endsWith(suffix);
  const tokens = tokenize(pattern, crossing ? CROSSING_TOKEN : TOKEN);
  if (tokens.filter(({ kind }) => kind !== "one").length > FEW) return (path) => simulate(tokens, path);
  const regex = new RegExp(`^${tokens.map(source).join("")}$`, "su");
  return (path) => regex.test(path);
}

function tokenize(pattern: string, token: RegExp): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const take = (expression: RegExp): RegExpExecArray => {
    expression.lastIndex = at;
    const found = expression.exec(pattern);
    if (!found) throw new SyntaxError(`bad pattern at ${at}`);
    at = expression.lastIndex;
    return found;
  };
  while (at < pattern.length) {
    const start = at;
    const [text] = take(token);
    if (text.startsWith("**")) tokens.push({ kind: at === pattern.length ? "rest" : "directories" });
    else if (text === "*") tokens.push({ kind: "within" });
    else if (text === "?") tokens.push(one("[^/]"));
    else if (text === "[" || text === "\\") {
      at = start;
      tokens.push(one(text === "[" ? characterClass(take(CLASS)[0]) : literal(take(ESCAPED)[1] ?? "")));
    } else tokens.push(one(literal(text)));
  }
  return tokens;
}

function one(expression: string): Token {
  const regex = new RegExp(`^${expression}$`, "su");
  return { kind: "one", matches: (character) => regex.test(character), source: expression };
}

function source(token: Token): string {
  if (token.kind === "one") return token.source;
  if (token.kind === "within") return "[^/]*";
  return token.kind === "rest" ? ".*" : "(?:.*/)?";
}

/** The class as a regular expression writes it: what means something there only is escaped. */
function characterClass(whole: string): string {
  const negated = whole.startsWith("[^");
  const members = whole.slice(negated ? 2 : 1, -1);
  const escaped = members.replace(/\\(.)|([[^])/gsu, (_, after?: string, special?: string) =>
    (after ?? special ?? "").replace(/[\]\\^[-]/, "\\$&"),
  );
  return `[${negated ? "^" : ""}${escaped}]`;
}

function literal(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
}

/** Follows all ways at once: the set of tokens before which the pattern may stand after each character. */
function simulate(tokens: readonly Token[], path: string): boolean {
  let states = reach(tokens, [0]);
  for (const character of path) {
    const next: number[] = [];
    for (const state of states) {
      const token = tokens[state];
      if (!token) continue;
      if (token.kind === "one") {
        if (token.matches(character)) next.push(state + 1);
      } else if (token.kind === "within") {
        if (character !== "/") next.push(state);
      } else if (token.kind === "rest") next.push(state);
      else {
        // Inside the directories; a slash may end them. Having begun, they cannot be nothing any more.
        next.push(state + INSIDE);
        if (character === "/") next.push(state + 1);
      }
    }
    for (const state of states) {
      if (state < INSIDE) continue;
      next.push(state);
      if (character === "/") next.push(state - INSIDE + 1);
    }
    states = reach(tokens, next);
    if (states.size === 0) return false;
  }
  return states.has(tokens.length);
}

/** States from here on stand for directories that have begun and not ended. */
const INSIDE = 1 << 20;

/** The states and those behind tokens that may match nothing. */
function reach(tokens: readonly Token[], from: readonly number[]): Set<number> {
  const states = new Set<number>();
  for (const begin of from) {
    let state = begin;
    while (!states.has(state)) {
      states.add(state);
      const token = tokens[state];
      if (state >= INSIDE || !token || token.kind === "one") break;
      state++;
    }
  }
  return states;
}
