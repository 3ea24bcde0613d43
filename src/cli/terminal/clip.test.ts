import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { clip } from "./clip.ts";

describe("clip", () => {
  test.each([
    ["abc", 3, "abc"],
    ["abcd", 3, "ab…"],
    ["", 3, ""],
    ["a\tb\rc", 10, "a b c"],
    ["a\x1b[2Ab\x1b]0;title\x07c\x1b", 10, "abc "],
    ["漢字漢字", 8, "漢字漢字"],
    ["漢字漢字", 7, "漢字漢…"],
    ["\x1b[31mabcd\x1b[0m", 4, "\x1b[31mabcd\x1b[0m"],
    ["\x1b[31mabcd\x1b[0m", 3, "\x1b[31mab…\x1b[0m"],
    ["e\u0301e\u0301", 2, "e\u0301e\u0301"],
  ])("%p in %d columns", (text, columns, expected) => {
    expect(clip(text, columns)).toBe(expected);
  });

  test("never wider than asked for", () => {
    const text = fc.string({ unit: fc.constantFrom("a", "漢", "\x1b[31m", "\x1b[0m", "\n", "é", "🙂") });
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 12 }), (line, columns) => {
        expect(Bun.stringWidth(clip(line, columns))).toBeLessThanOrEqual(columns);
      }),
    );
  });
});
