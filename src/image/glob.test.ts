import { expect, test } from "bun:test";
import { globTest } from "./glob.ts";

test.each([
  ["a*", "abc", true],
  ["a*", "a/b", false],
  ["*/*", "a/b", true],
  ["a?c", "abc", true],
  ["a?c", "a/c", false],
  ["[a-c]x", "bx", true],
  ["[^a-c]x", "bx", false],
  ["[^a-c]x", "dx", true],
  ["a\\*", "a*", true],
  ["a\\*", "ab", false],
  ["a.b", "axb", false],
  ["a+(b)|c$", "a+(b)|c$", true],
  ["", "", true],
  ["a**", "a/b", false],
  ["**b", "a/b", false],
  ["**/b", "b", false],
  ["**/b", "a/b", true],
])("%j and %j: %p", (pattern, text, fits) => expect(globTest(pattern)(text)).toBe(fits));

test.each(["[a", "a\\", "[]", "[z-a]"])("%j is refused", (pattern) =>
  expect(() => globTest(pattern)).toThrow("syntax error in pattern"),
);

test("a hostile pattern takes no longer than its length times the name's", () => {
  expect(globTest(`${"*a".repeat(60)}b`)("a".repeat(255))).toBe(false);
});
