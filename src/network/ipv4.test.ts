import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  contains,
  formatIpv4,
  formatSubnet,
  lastOf,
  macOf,
  overlaps,
  parseIpv4,
  parseSubnet,
} from "./ipv4.ts";

const number = fc.integer({ min: 0, max: 0xffffffff });
const subnet = (text: string) => {
  const parsed = parseSubnet(text);
  if (!parsed) throw new Error(text);
  return parsed;
};

test("addresses come back as they were written", () => {
  fc.assert(fc.property(number, (address) => expect(parseIpv4(formatIpv4(address))).toBe(address)));
  for (const bad of ["", "1.2.3", "1.2.3.4.5", "256.0.0.1", "01.2.3.4", "1.2.3.4 ", "::1", "a.b.c.d"])
    expect(parseIpv4(bad)).toBeUndefined();
});

test("subnets lose their host bits", () => {
  expect(formatSubnet(subnet("172.17.9.9/16"))).toBe("172.17.0.0/16");
  expect(formatSubnet(subnet("10.0.0.1/0"))).toBe("0.0.0.0/0");
  expect(formatIpv4(lastOf(subnet("192.168.16.0/20")))).toBe("192.168.31.255");
  for (const bad of ["10.0.0.0", "10.0.0.0/33", "10.0.0.0/8/8", "10.0.0.0/ 8", "x/8"])
    expect(parseSubnet(bad)).toBeUndefined();
});

test("overlap is containment one way or the other", () => {
  expect(overlaps(subnet("172.17.0.0/16"), subnet("172.17.5.0/24"))).toBe(true);
  expect(overlaps(subnet("172.17.5.0/24"), subnet("172.17.0.0/16"))).toBe(true);
  expect(overlaps(subnet("172.17.0.0/16"), subnet("172.18.0.0/16"))).toBe(false);
  fc.assert(
    fc.property(number, fc.integer({ min: 0, max: 32 }), (address, length) => {
      expect(contains(subnet(`${formatIpv4(address)}/${length}`), address)).toBe(true);
    }),
  );
});

test("hardware addresses are derived as Docker does", () => {
  expect(macOf(parseIpv4("172.17.0.2") ?? 0)).toBe("02:42:ac:11:00:02");
});
