import { expect, test } from "bun:test";
import fc from "fast-check";
import { labelMatches } from "./label.ts";

test.each([
  [{ a: "1" }, "a", true],
  [{ a: "1" }, "a=1", true],
  [{ a: "1" }, "a=2", false],
  [{ a: "1" }, "a=", false],
  [{ a: "" }, "a=", true],
  [{ a: "" }, "a", true],
  [{ a: "x=y=z" }, "a=x=y=z", true],
  [{ a: "x=y" }, "a=x", false],
  [{}, "constructor", false],
  [{}, "toString=x", false],
  [{ "": "1" }, "=1", true],
])("%j and %j: %p", (labels, wanted, expected) => {
  expect(labelMatches(labels as Record<string, string>, wanted)).toBe(expected);
});

test("a label is found by its name, by its name and value, and by no other value", () => {
  const name = fc.string({ maxLength: 6 }).filter((text) => !text.includes("=") && text !== "__proto__");
  const labels = fc.dictionary(name, fc.string({ unit: fc.constantFrom("a", "=", " "), maxLength: 6 }));
  fc.assert(
    fc.property(labels, name, fc.string({ maxLength: 6 }), (all, other, text) => {
      for (const [key, value] of Object.entries(all)) {
        expect(labelMatches(all, key)).toBe(true);
        expect(labelMatches(all, `${key}=${value}`)).toBe(true);
        expect(labelMatches(all, `${key}=${text}`)).toBe(text === value);
      }
      if (!Object.keys(all).includes(other)) {
        expect(labelMatches(all, other)).toBe(false);
        expect(labelMatches(all, `${other}=${text}`)).toBe(false);
      }
    }),
  );
});
