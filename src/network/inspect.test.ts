import { expect, test } from "bun:test";
import { describeNetwork, filterNetworks } from "./inspect.ts";
import type { NetworkRecord } from "./records.ts";

const pool = { subnet: "172.17.0.0/16", gateway: "172.17.0.1", last: "172.17.0.1" };
const created = "2026-01-02T03:04:05Z";
const NETWORKS: NetworkRecord[] = [
  { id: "b1".repeat(32), name: "bridge", driver: "bridge", created, pool },
  { id: "a2".repeat(32), name: "host", driver: "host", created },
  { id: "c3".repeat(32), name: "none", driver: "null", created },
];
const filtered = (...filters: [string, string[]][]) =>
  filterNetworks(NETWORKS, new Map(filters)).map(({ name }) => name);

test("filters are the Docker API's", () => {
  expect(filtered()).toEqual(["bridge", "host", "none"]);
  expect(filtered(["driver", ["host", "null"]])).toEqual(["host", "none"]);
  expect(filtered(["driver", ["brid"]])).toEqual([]);
  expect(filtered(["name", ["^br"]])).toEqual(["bridge"]);
  expect(filtered(["name", ["("]])).toEqual([]);
  expect(filtered(["id", ["a2a2"]])).toEqual(["host"]);
  expect(filtered(["type", ["custom"]])).toEqual([]);
  expect(filtered(["type", ["builtin"]], ["name", ["o"]])).toEqual(["host", "none"]);
  expect(filtered(["dangling", ["true"]])).toEqual([]);
  expect(filtered(["label", ["x"]])).toEqual([]);
  expect(() => filtered(["foo", ["bar"]])).toThrow("invalid filter 'foo'");
  expect(() => filtered(["type", ["x"]])).toThrow("invalid filter: 'type'='x'");
  expect(() => filtered(["constructor", ["x"]])).toThrow("invalid filter");
});

test("a network is shown with its pool and its containers", () => {
  const [bridge, host] = NETWORKS as [NetworkRecord, NetworkRecord];
  const endpoint = {
    id: "e".repeat(64),
    networkId: bridge.id,
    networkName: "bridge",
    containerId: "c".repeat(64),
    containerName: "web",
    address: "172.17.0.2",
    prefixLength: 16,
    gateway: "172.17.0.1",
    macAddress: "02:42:ac:11:00:02",
    hostInterface: "veth0000000",
    ports: [],
  };
  const shown = describeNetwork(bridge, "berth0", 1500, [endpoint]);
  expect(shown.IPAM).toEqual({
    Driver: "default",
    Options: null,
    Config: [{ Subnet: "172.17.0.0/16", Gateway: "172.17.0.1" }],
  });
  expect(shown.Containers).toEqual({
    [endpoint.containerId]: {
      Name: "web",
      EndpointID: endpoint.id,
      MacAddress: "02:42:ac:11:00:02",
      IPv4Address: "172.17.0.2/16",
      IPv6Address: "",
    },
  });
  expect(shown.Options["com.docker.network.bridge.name"]).toBe("berth0");
  const without = describeNetwork(host, "berth0", 1500, []);
  expect([without.IPAM.Config, without.Options]).toEqual([null, {}]);
});
