import { expect, test } from "bun:test";
import { hasWildcard, matchName } from "./path-match.ts";

const CASES: [pattern: string, name: string, matches: boolean][] = [
  ["abc", "abc", true],
  ["*", "abc", true],
  ["*", "", true],
  ["*c", "abc", true],
  ["a*", "a", true],
  ["a*b*c*d*e*", "axbxcxdxe", true],
  ["a*b?c*x", "abxbbxdbxebxczzx", true],
  ["a*b?c*x", "abxbbxdbxebxczzy", false],
  ["ab[c]", "abc", true],
  ["ab[b-d]", "abc", true],
  ["ab[e-g]", "abc", false],
  ["ab[^c]", "abc", false],
  ["ab[^e-g]", "abc", true],
  ["a\\*b", "a*b", true],
  ["a\\*b", "ab", false],
  ["a?b", "a☺b", true],
  ["a[^a]b", "a☺b", true],
  ["a???b", "a☺b", false],
  ["[a-ζ]*", "α", true],
  ["*[a-ζ]", "A", false],
  ["[\\]a]", "]", true],
  ["[\\-]", "-", true],
  ["[x\\-]", "x", true],
  ["[\\-x]", "z", false],
  ["[]a]", "]", false],
  ["[-]", "-", false],
  ["[x-]", "x", false],
  ["[-x]", "x", false],
  ["\\", "a", false],
  ["[a-b-c]", "a", false],
  ["[", "a", false],
  ["[^", "a", false],
  ["[^bc", "a", false],
  ["a[", "a", false],
  ["*x", "xxx", true],
  ["arr[[]0].txt", "arr[0].txt", true],
];

for (const [pattern, name, matches] of CASES) {
  test(`${pattern} ${matches ? "matches" : "does not match"} ${name}`, () => {
    expect(matchName(pattern, name)).toBe(matches);
  });
}

test("many stars take no time", () => {
  expect(matchName("a*".repeat(2000), "a".repeat(4000))).toBe(true);
  expect(matchName(`${"a*".repeat(2000)}b`, "a".repeat(4000))).toBe(false);
});

test("wildcards are seen unless they are escaped", () => {
  expect(["a", "a\\*", "a*", "?", "[x", "\\[x"].map(hasWildcard)).toEqual([
    false,
    false,
    true,
    true,
    true,
    false,
  ]);
});
