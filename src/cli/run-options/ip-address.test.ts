import { describe, expect, test } from "bun:test";
import { isIP } from "node:net";
import fc from "fast-check";
import { ipVersion } from "./ip-address.ts";

describe("ipVersion", () => {
  test.each([
    "1.2.3.4",
    "255.255.255.255",
    "01.2.3.4",
    "256.1.1.1",
    "1.2.3",
    "",
    "::",
    "::1",
    "1::",
    "1:2:3:4:5:6:7:8",
  ])("%p as Node says", (text) => expect(ipVersion(text)).toBe(isIP(text) as 0 | 4 | 6));

  test("agrees with Node on addresses", () => {
    fc.assert(fc.property(fc.ipV4(), (text) => expect(ipVersion(text)).toBe(4)));
    fc.assert(fc.property(fc.ipV6(), (text) => expect(ipVersion(text)).toBe(6)));
  });

  test("agrees with Node on what resembles them", () => {
    const text = fc.string({
      unit: fc.constantFrom("1", "f", ":", "::", ".", "255", "1.2.3.4"),
      maxLength: 9,
    });
    fc.assert(
      fc.property(text, (address) => expect(ipVersion(address)).toBe(isIP(address) as 0 | 4 | 6)),
      { numRuns: 3000 },
    );
  });
});
