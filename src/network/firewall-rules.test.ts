import { expect, test } from "bun:test";
import fc from "fast-check";
import { elementsOf, keyOf, mapChange, tableOf, tableScript } from "./firewall-rules.ts";
import { misdirected } from "./flows.ts";
import type { PublishedPort } from "./types.ts";

const port = (hostIp: string, hostPort = 8080, protocol: PublishedPort["protocol"] = "tcp") => ({
  protocol,
  containerPort: 80,
  hostIp,
  hostPort,
});

test("a bridge's table has a name that nft takes and no other bridge has", () => {
  expect(tableOf("berth0")).toBe("berth_berth0");
  expect(tableOf("b-0.x_y")).toBe("berth_b_2d0_2ex_5fy");
  const name = fc.stringMatching(/^[A-Za-z0-9_.-]{1,15}$/);
  fc.assert(
    fc.property(name, name, (a, b) => {
      expect(tableOf(a)).toMatch(/^[A-Za-z0-9_]+$/);
      expect(tableOf(a) === tableOf(b)).toBe(a === b);
    }),
  );
});

test("IPv4 bindings are map elements, IPv6 ones are not", () => {
  const elements = elementsOf([port("0.0.0.0"), port("::"), port("127.0.0.1", 53, "udp")], "172.17.0.2");
  expect(elements.map(keyOf)).toEqual(["tcp 0.0.0.0 8080", "udp 127.0.0.1 53"]);
  const changes = elements.map((element) => mapChange("add", element));
  expect(changes.map(({ map }) => map)).toEqual(["published", "published_at"]);
  expect(changes.map(({ key }) => Buffer.from(key).toString("hex"))).toEqual([
    "06000000" + "1f900000",
    "7f000001" + "11000000" + "00350000",
  ]);
  expect(Buffer.from(changes[0]?.value ?? []).toString("hex")).toBe("ac11000200500000");
  expect(elements.map((element) => mapChange("delete", element).value)).toEqual([undefined, undefined]);
});

test("the script replaces the table, with its elements in the right map", () => {
  const elements = elementsOf([port("0.0.0.0"), port("127.0.0.1", 53, "udp")], "172.17.0.2");
  const script = tableScript("berth_x", "x", "172.17.0.0/16", elements);
  expect(script).toContain("add table inet berth_x\ndelete table inet berth_x\n");
  expect(script).toContain("elements = { tcp . 8080 : 172.17.0.2 . 80 }");
  expect(script).toContain("elements = { 127.0.0.1 . udp . 53 : 172.17.0.2 . 80 }");
  expect(tableScript("berth_x", "x", "172.17.0.0/16", [])).not.toContain("elements");
});

test("flows of a port that changed hands are misdirected, others through the same number are not", () => {
  const [old] = elementsOf([port("0.0.0.0", 53, "udp")], "172.17.0.2");
  const [present] = elementsOf([port("0.0.0.0", 53, "udp")], "172.17.0.3");
  if (!old || !present) throw new Error("no elements");
  const wrong = misdirected("172.17.0.0/16", [old], [present]);
  expect(wrong({ destination: "192.0.2.1", port: 53, answerer: "172.17.0.2" })).toBe(true);
  expect(wrong({ destination: "127.0.0.1", port: 53, answerer: "127.0.0.1" })).toBe(true);
  expect(wrong({ destination: "192.0.2.1", port: 53, answerer: "172.17.0.3" })).toBe(false);
  expect(wrong({ destination: "192.0.2.1", port: 54, answerer: "172.17.0.2" })).toBe(false);
  expect(wrong({ destination: "198.51.100.53", port: 53, answerer: "198.51.100.53" })).toBe(false);
});
