import { posix } from "node:path";
import { invalid } from "./errors.ts";
import { pathPattern } from "./path-pattern.ts";

/**
 * The patterns of an ignore file, in order: comments and blank lines dropped, paths cleaned, a leading slash dropped.
 * A pattern that begins with `!` takes files back in.
 */
export function parseIgnoreFile(text: string): string[] {
  const patterns: string[] = [];
  for (const line of text.replace(/^\uFEFF/, "").split("\n")) {
    // Only a `#` in the first column begins a comment.
    if (line.startsWith("#")) continue;
    const trimmed = line.trim();
    const negated = trimmed.startsWith("!");
    const path = negated ? trimmed.slice(1).trim() : trimmed;
    if (path === "" && !negated) continue;
    const clean = path === "" ? "" : cleanPath(path);
    patterns.push((negated ? "!" : "") + (clean.length > 1 ? clean.replace(/^\//, "") : clean));
  }
  return patterns;
}

function cleanPath(path: string): string {
  const clean = posix.normalize(path);
  return clean.length > 1 ? clean.replace(/\/$/, "") : clean;
}

type PathTest = (path: string) => boolean;

interface Pattern {
  readonly reincludes: boolean;
  readonly matches: PathTest;
  /** For one that takes back in: a test for each part between slashes; undefined where it reaches into any depth. */
  readonly parts: readonly (PathTest | undefined)[];
}

/**
 * Decides which paths of a build context an ignore file leaves out. Patterns are anchored at the root of the context;
 * `*` and `?` stop at a slash, `**` does not; a pattern that matches a directory means everything below it; the last
 * pattern that matches a path wins.
 */
export class IgnoreMatcher {
  readonly #patterns: readonly Pattern[];

  /** @throws invalid for a pattern that cannot be read */
  constructor(patterns: readonly string[]) {
    this.#patterns = patterns
      .map((pattern) => pattern.trim())
      .filter((pattern) => pattern !== "")
      .map(compile);
  }

  /**
   * Whether `path`, relative to the context and with slashes, is left out. A directory that is left out may still hold
   * files that are not: see `couldReinclude`.
   */
  excludes(path: string, _isDirectory = false): boolean {
    let excluded = false;
    for (const { reincludes, matches } of this.#patterns) {
      if (reincludes !== excluded) continue;
      if (matchesPathOrParent(matches, path)) excluded = !reincludes;
    }
    return excluded;
  }

  /** Whether a pattern may take back something below `directory`, which must then be walked although it is excluded. */
  couldReinclude(directory: string): boolean {
    const path = directory.split("/");
    return this.#patterns.some(({ reincludes, parts }) => reincludes && reachesBelow(parts, path));
  }
}

function matchesPathOrParent(matches: PathTest, path: string): boolean {
  for (let end = path.indexOf("/"); end >= 0; end = path.indexOf("/", end + 1)) {
    if (matches(path.slice(0, end))) return true;
  }
  return matches(path);
}

/** Compared part by part, as far as both go. */
function reachesBelow(parts: Pattern["parts"], path: readonly string[]): boolean {
  for (const [index, part] of parts.entries()) {
    const name = path[index];
    if (name === undefined || part === undefined) return true;
    if (!part(name)) return false;
  }
  return true;
}

function compile(text: string): Pattern {
  const reincludes = text.startsWith("!");
  if (text === "!") throw invalid('illegal exclusion pattern: "!"');
  const pattern = cleanPath(reincludes ? text.slice(1) : text);
  try {
    const matches = pathPattern(pattern);
    return { reincludes, matches, parts: reincludes ? pattern.split("/").map(partTest) : [] };
  } catch {
    throw invalid(`syntax error in pattern ${JSON.stringify(text)}`);
  }
}

function partTest(part: string): PathTest | undefined {
  if (part.includes("**")) return undefined;
  try {
    return pathPattern(part);
  } catch {
    // A class or an escape that holds the slash itself: no part of its own, so nothing can be ruled out.
    return undefined;
  }
}
