import { afterEach, expect, test } from "bun:test";
import { ephemeralPorts } from "./ephemeral-ports.ts";
import { portMapOf } from "./port-map.ts";
import { PortReservations } from "./port-reservations.ts";
import type { PortRequest } from "./types.ts";

const ports = new PortReservations();
afterEach(() => ports.releaseAll());

const claimant = (name: string) => ({ containerName: name, endpointId: `${name}-id`, address: "127.0.0.1" });
const at = (hostIp: string, first = 0, last = first, containerPort = 9): PortRequest => ({
  protocol: "tcp",
  containerPort,
  hostIp,
  hostPortStart: first,
  hostPortEnd: last,
});

test("an unnamed address is both families at one port", () => {
  const claimed = ports.claim([at("")], claimant("a"));
  expect(claimed.map(({ hostIp }) => hostIp)).toEqual(["0.0.0.0", "::"]);
  expect(claimed[0]?.hostPort).toBe(claimed[1]?.hostPort as number);
});

test("Docker's words and the container's name when a port is taken", () => {
  const [first] = ports.claim([at("127.0.0.1")], claimant("a"));
  const taken = first?.hostPort as number;
  expect(() => ports.claim([at("", taken)], claimant("b"))).toThrow(
    `driver failed programming external connectivity on endpoint b (b-id): Bind for 0.0.0.0:${taken} failed: port is already allocated (by container a)`,
  );
  expect(() => ports.claim([at("127.0.0.1", taken)], claimant("b"))).toThrow("by container a");
  const [other] = ports.claim([at("::1", taken)], claimant("c"));
  expect(other?.hostPort).toBe(taken);
  const twice = [at("127.0.0.1", taken + 1), at("127.0.0.1", taken + 1)];
  expect(() => ports.claim(twice, claimant("d"))).toThrow("port is already allocated (by container d)");
});

test("a claim that fails takes nothing, and what is released is free", () => {
  const [first] = ports.claim([at("127.0.0.1")], claimant("a"));
  const taken = first?.hostPort as number;
  const [probe] = ports.claim([at("127.0.0.1")], claimant("probe"));
  const free = probe?.hostPort as number;
  ports.release("probe-id");
  expect(() => ports.claim([at("127.0.0.1", free), at("127.0.0.1", taken)], claimant("b"))).toThrow();
  expect(ports.claim([at("127.0.0.1", free)], claimant("c"))[0]?.hostPort).toBe(free);
});

test("a range gives its first free port, and says which is the last taken one", () => {
  const [first] = ports.claim([at("127.0.0.1")], claimant("a"));
  const taken = first?.hostPort as number;
  expect(() => ports.claim([at("127.0.0.1", taken, taken)], claimant("b"))).toThrow(`127.0.0.1:${taken}`);
  const [next] = ports.claim([at("127.0.0.1", taken, taken + 30)], claimant("b"));
  expect(next?.hostPort).toBeGreaterThan(taken);
});

test("UDP and SCTP ports are kept apart from TCP ones", () => {
  const [tcp] = ports.claim([at("127.0.0.1")], claimant("a"));
  const number = tcp?.hostPort as number;
  const others = (["udp", "sctp"] as const).map((protocol) => ({ ...at("127.0.0.1", number), protocol }));
  expect(ports.claim(others, claimant("b"))).toHaveLength(2);
  expect(() => ports.claim(others, claimant("c"))).toThrow("by container b");
});

test("what cannot be an address is refused", () => {
  for (const hostIp of ["localhost", "1.2.3", "0.0.0.0; flush ruleset", "10.0.0.0/8"])
    expect(() => ports.claim([at(hostIp)], claimant("a"))).toThrow("invalid host address");
});

test("random ports go round", () => {
  const random = ephemeralPorts([10, 12]);
  expect([...random.next()]).toEqual([10, 11, 12]);
  expect(random.next().next().value).toBe(10);
  expect([...random.next()]).toEqual([11, 12, 10]);
});

test("the port map has every exposed port, in order", () => {
  const endpoint = {
    id: "e",
    networkId: "n",
    networkName: "bridge",
    containerId: "c",
    address: "172.17.0.2",
    prefixLength: 16,
    gateway: "172.17.0.1",
    macAddress: "",
    hostInterface: "",
    ports: [{ protocol: "tcp" as const, containerPort: 80, hostIp: "0.0.0.0", hostPort: 8080 }],
  };
  const map = portMapOf([endpoint], ["90/udp", "80/tcp"]);
  expect(JSON.stringify(map)).toBe('{"80/tcp":[{"HostIp":"0.0.0.0","HostPort":"8080"}],"90/udp":null}');
  expect(portMapOf([], ["80/tcp"])).toEqual({});
});
