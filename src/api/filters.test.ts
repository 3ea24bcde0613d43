import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isKind } from "../core/index.ts";
import { FILTER_KEYS, parseFilters } from "./filters.ts";

const plain = (text: string) => Object.fromEntries(parseFilters(text));

describe("parseFilters", () => {
  test("takes the map form, the list form and a mixture", () => {
    expect(plain('{"label":{"a=b":true,"c":true,"no":false},"id":["x","y"],"name":null}')).toEqual({
      label: ["a=b", "c"],
      id: ["x", "y"],
      name: [],
    });
  });

  test.each(["", "null", "{}"])("%j means none", (text) => {
    expect(plain(text)).toEqual({});
  });

  test.each([
    "xx",
    "[1",
    "[]",
    "5",
    '"a"',
    '{"label":5}',
    '{"label":"a"}',
    '{"label":{"a":"b"}}',
    '{"label":[1]}',
  ])("refuses %s", (text) => {
    expect(() => parseFilters(text)).toThrow(/^invalid filter$/);
  });

  test("names an unknown key", () => {
    expect(() => parseFilters('{"bogus":{"a":true}}', FILTER_KEYS.containers)).toThrow(
      "invalid filter 'bogus'",
    );
    expect(() => parseFilters('{"bogus":["a"]}', FILTER_KEYS.images)).toThrow("invalid filter 'bogus'");
    expect(plain('{"bogus":["a"]}')).toEqual({ bogus: ["a"] });
  });

  test("both forms of the same filters are the same", () => {
    const values = fc.uniqueArray(fc.string({ maxLength: 8 }).filter((value) => value !== "__proto__"));
    fc.assert(
      fc.property(fc.dictionary(fc.string({ maxLength: 8 }), values), (filters) => {
        const list = JSON.stringify(filters);
        const map = JSON.stringify(
          Object.fromEntries(
            Object.entries(filters).map(([key, of]) => [
              key,
              Object.fromEntries(of.map((value) => [value, true])),
            ]),
          ),
        );
        for (const [key, of] of parseFilters(map)) {
          expect([...of].sort()).toEqual([...(parseFilters(list).get(key) ?? [])].sort());
        }
      }),
    );
  });

  test("any JSON is read or refused as invalid", () => {
    fc.assert(
      fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
        try {
          for (const values of parseFilters(text).values()) {
            expect(values.every((value) => typeof value === "string")).toBe(true);
          }
        } catch (error) {
          expect(isKind(error, "invalid")).toBe(true);
        }
      }),
    );
  });
});
