import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { jsonEnd } from "./json-end.ts";

describe("jsonEnd", () => {
  test.each([
    ["{}", 2],
    [' {"a":"}\\"}"} x', 13],
    ["[[],{}]]", 7],
    ['"a" "b"', 3],
    ["5 6", 1],
    ["null", 4],
  ])("%j ends at %d", (text, end) => {
    expect(jsonEnd(text)).toBe(end);
  });

  test.each(["", "  ", "{", '{"a":"}', '"a\\"', "[{}"])("%j goes on", (text) => {
    expect(jsonEnd(text)).toBeUndefined();
  });

  test("finds the end of any object, whatever follows", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.string(), (value, after) => {
        const text = JSON.stringify(value);
        expect(jsonEnd(text + after)).toBe(text.length);
        expect(jsonEnd(text.slice(0, -1))).toBeUndefined();
      }),
    );
  });
});
