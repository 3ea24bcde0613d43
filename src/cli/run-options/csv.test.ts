import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseCsv } from "./csv.ts";

describe("parseCsv", () => {
  test("what was quoted comes out as it was", () => {
    const field = fc.string({ unit: fc.constantFrom("a", ",", '"', "=", " ", "ä") });
    fc.assert(
      fc.property(fc.array(field, { minLength: 1 }), (fields) => {
        const record = fields.map((text) => `"${text.replaceAll('"', '""')}"`).join(",");
        expect(parseCsv(record)).toEqual(fields);
      }),
    );
  });

  test("bare fields stay as they are, empty ones too", () => {
    expect(parseCsv("a= b,,c,")).toEqual(["a= b", "", "c", ""]);
  });

  test("reads any text or says where it is wrong", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("a", ",", '"') }), (text) => {
        try {
          expect(parseCsv(text).length).toBeGreaterThan(0);
        } catch (error) {
          expect((error as Error).message).toMatch(/^EOF$|^parse error on line 1, column \d+: /);
        }
      }),
    );
  });
});
