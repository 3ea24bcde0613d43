import { expect, test } from "bun:test";
import { isKind } from "../core/index.ts";
import { formatSubnet, parseSubnet, type Subnet } from "./ipv4.ts";
import { chooseSubnet } from "./subnet-choice.ts";

const choose = (...used: string[]) =>
  formatSubnet(chooseSubnet(used.map((text) => parseSubnet(text) as Subnet)));

test("the first pool that touches nothing is chosen", () => {
  expect(choose()).toBe("172.17.0.0/16");
  expect(choose("172.17.0.0/16")).toBe("172.18.0.0/16");
  expect(choose("172.17.3.4/32", "172.18.255.0/24")).toBe("172.19.0.0/16");
  expect(choose("172.16.0.0/12")).toBe("192.168.0.0/20");
  expect(choose("172.16.0.0/12", "192.168.1.0/24")).toBe("192.168.16.0/20");
});

test("routes to the whole world are no networks", () => {
  expect(choose("0.0.0.0/0", "0.0.0.0/1", "128.0.0.0/1")).toBe("172.17.0.0/16");
});

test("a host that uses everything is told so", () => {
  try {
    choose("172.16.0.0/12", "192.168.0.0/16");
    expect.unreachable();
  } catch (error) {
    expect(isKind(error, "unavailable")).toBe(true);
  }
});
