import { expect, test } from "bun:test";
import fc from "fast-check";
import { nextAddress } from "./address-pool.ts";
import { formatIpv4, parseIpv4, parseSubnet, type Subnet } from "./ipv4.ts";

const SUBNET = parseSubnet("10.1.1.0/29") as Subnet;
const at = (last: number) => SUBNET.base + last;
const next = (taken: number[], after: number) => {
  const address = nextAddress(SUBNET, new Set(taken.map(at)), at(after));
  return address === undefined ? undefined : address - SUBNET.base;
};

test("addresses go round, over what is taken, and never to the first and last of the network", () => {
  expect(next([1], 1)).toBe(2);
  expect(next([1, 2, 3], 1)).toBe(4);
  expect(next([1], 6)).toBe(2);
  expect(next([], 6)).toBe(1);
  expect(next([1, 2, 3, 4, 5, 6], 3)).toBeUndefined();
});

test("a freed address is not given out again before all others", () => {
  const taken = new Set([at(1)]);
  let after = at(1);
  const given: string[] = [];
  for (let i = 0; i < 6; i++) {
    after = nextAddress(SUBNET, taken, after) as number;
    given.push(formatIpv4(after));
  }
  expect(given).toEqual(["10.1.1.2", "10.1.1.3", "10.1.1.4", "10.1.1.5", "10.1.1.6", "10.1.1.2"]);
});

test("what it finds is free and in the network, and it finds something while something is free", () => {
  const host = fc.integer({ min: 1, max: 6 });
  fc.assert(
    fc.property(fc.uniqueArray(host), host, (taken, after) => {
      const found = next(taken, after);
      if (taken.length === 6) return expect(found).toBeUndefined();
      expect(found).toBeGreaterThanOrEqual(1);
      expect(found).toBeLessThanOrEqual(6);
      expect(taken).not.toContain(found as number);
    }),
  );
  expect(parseIpv4("10.1.1.0")).toBe(SUBNET.base);
});
