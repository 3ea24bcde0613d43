import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { pathPattern } from "./path-pattern.ts";

/** The same rules by a backtracking regular expression, for patterns without classes and escapes. */
function reference(pattern: string): RegExp {
  const suffix = /^\*\*([^/*?].*)$/.exec(pattern)?.[1];
  if (suffix !== undefined && !/[*?]/.test(suffix)) return new RegExp(`${suffix}$`, "s");
  const body = pattern.replace(/\*\*\/?$|\*\*\/?|\*|\?/g, (token, at: number) => {
    if (token === "*") return "[^/]*";
    if (token === "?") return "[^/]";
    return at + token.length === pattern.length ? ".*" : "(.*/)?";
  });
  return new RegExp(`^${body}$`, "s");
}

describe("pathPattern", () => {
  test.each([
    ["a", "a", true],
    ["a", "b/a", false],
    ["a*", "ab", true],
    ["a*", "a/b", false],
    ["?", "/", false],
    ["?", "é", true],
    ["**/a", "a", true],
    ["**/a", "x/y/a", true],
    ["**/a", "xa", false],
    ["**a", "xa", true],
    ["**a", "x/ya", true],
    ["**a*", "xab", false],
    ["a/**", "a", false],
    ["a/**", "a/b/c", true],
    ["a**", "ab/c", true],
    ["a/**/b", "a/b", true],
    ["a/**/b", "a/x/y/b", true],
    ["a/**/b", "a/xb", false],
    ["a**/b", "axy/b", true],
    ["**", "any/thing", true],
    ["[a-c]x", "bx", true],
    ["[^a-c]x", "bx", false],
    ["[!a]x", "!x", true],
    ["[\\]]", "]", true],
    ["[[^]", "^", true],
    ["a\\*", "a*", true],
    ["a\\*", "ab", false],
    ["a.b", "axb", false],
    ["a|b", "a", false],
    ["(a)+{2}$", "(a)+{2}$", true],
    ["^a", "^a", true],
    ["a]", "a]", true],
    ["a/**/b/**/c/**/d", "a/1/b/2/3/c/d", true],
    ["a/**/b/**/c/**/d", "a/1/b/2/3/c/d/e", false],
    ["*a*b*c*", "xaybzc", true],
    ["*a*b*c*", "xayb/zc", false],
  ])("%s and %s: %p", (pattern, path, expected) => {
    expect(pathPattern(pattern)(path)).toBe(expected);
  });

  test.each(["[", "[a", "[]", "[]a]", "[a-]", "[-a]", "a\\"])("%s is no pattern", (pattern) => {
    expect(() => pathPattern(pattern)).toThrow(SyntaxError);
  });

  test("few and many wildcards mean the same", () => {
    const pieces = fc.array(fc.constantFrom("a", "b", "/", "*", "**", "**/", "?"), { maxLength: 9 });
    const paths = fc.string({ unit: fc.constantFrom("a", "b", "/"), maxLength: 12 });
    fc.assert(
      fc.property(pieces, paths, (parts, path) => {
        const pattern = parts.join("").replace(/\*{3,}/g, "**");
        expect(pathPattern(pattern)(path)).toBe(reference(pattern).test(path));
      }),
      { numRuns: 2000 },
    );
  });

  test("a hostile pattern takes no longer than its length times the path's", () => {
    const started = performance.now();
    expect(pathPattern(`${"**/a/".repeat(40)}b`)("a/".repeat(1000))).toBe(false);
    expect(pathPattern(`${"*a".repeat(40)}b`)("a".repeat(250))).toBe(false);
    expect(performance.now() - started).toBeLessThan(2000);
  });
});
