import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { parseCpus } from "./resources.ts";
import { parseSize } from "./text.ts";

describe("parseSize", () => {
  test("units are binary, however they are written", () => {
    const forms = fc.constantFrom("", "b", "ib");
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.constantFrom(..."kKmMgGtT"), forms, (number, unit, form) => {
        const power = "kmgt".indexOf(unit.toLowerCase()) + 1;
        expect(parseSize(`${number}${unit}${form}`)).toBe(number * 1024 ** power);
      }),
    );
  });

  test("reads any text or says that it is no size", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(..."019.- kmib") }), (text) => {
        try {
          expect(parseSize(text)).toBeGreaterThanOrEqual(0);
        } catch (error) {
          expect((error as Error).message).toMatch(/invalid (size|suffix|syntax)/);
        }
      }),
    );
  });
});

describe("parseCpus", () => {
  test("decimals and fractions agree", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000_000, max: 1_000_000 }), (thousandths) => {
        const nanos = thousandths * 1_000_000;
        expect(parseCpus((thousandths / 1000).toFixed(3))).toBe(nanos);
        expect(parseCpus(`${thousandths}/1000`)).toBe(nanos);
        expect(parseCpus(`${thousandths}e-3`)).toBe(nanos);
      }),
    );
  });
});
