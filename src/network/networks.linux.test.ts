import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { inNetns, Rtnetlink } from "../kernel/index.ts";
import { cannotRun, inside, port, run, TestNetworks } from "./test-support.ts";

describe.skipIf(cannotRun !== undefined)("networks in the kernel", () => {
  let host: TestNetworks;

  beforeEach(async () => {
    host = await TestNetworks.open();
  });

  afterEach(async () => {
    expect(await host.close()).toEqual([]);
  });

  describe("published ports", () => {
    test("answer on 127.0.0.1, ::1, the host's address, from a neighbour and from the container itself", async () => {
      const endpoint = await host.connect("web", [port(8080)]);
      const hostPort = endpoint.ports[0]?.hostPort as number;
      expect(host.networks.portMap("id-web", ["8080/tcp", "9/udp"])).toEqual({
        "8080/tcp": [
          { HostIp: "0.0.0.0", HostPort: String(hostPort) },
          { HostIp: "::", HostPort: String(hostPort) },
        ],
        "9/udp": null,
      });
      await host.serve("web", 8080);
      expect(await host.ask("127.0.0.1", hostPort)).toStartWith("hello ");
      expect(await host.ask("::1", hostPort)).toStartWith("hello ");
      expect(await host.ask(endpoint.address, 8080)).toBe(`hello ${endpoint.gateway}`);
      const address = host.hostAddress();
      if (address) expect(await host.ask(address, hostPort)).toStartWith("hello ");
      const other = await host.connect("neighbour");
      expect(await host.ask(endpoint.address, 8080, "neighbour")).toBe(`hello ${other.address}`);
      expect(await host.ask(endpoint.gateway, hostPort, "neighbour")).toStartWith("hello ");
      expect(await host.ask(endpoint.gateway, hostPort, "web")).toStartWith("hello ");
    });

    test("on 127.0.0.1 are for the host alone", async () => {
      const endpoint = await host.connect("web", [port(8080, { hostIp: "127.0.0.1" })]);
      const hostPort = endpoint.ports[0]?.hostPort as number;
      await host.serve("web", 8080);
      expect(await host.ask("127.0.0.1", hostPort)).toStartWith("hello ");
      await host.connect("neighbour");
      expect(await host.ask(endpoint.gateway, hostPort, "neighbour")).toBe("");
    });

    test("do not open the host's loopback to a container that routes 127.0.0.0/8 there", async () => {
      const endpoint = await host.connect("bad");
      const listener = Bun.listen({
        hostname: "127.0.0.1",
        port: 0,
        socket: { open: (socket) => void socket.end("secret"), data() {} },
      });
      const pin = host.pinOf("bad");
      await run(...inside(pin, ["ip", "addr", "del", "127.0.0.1/8", "dev", "lo"]));
      await run(...inside(pin, ["sh", "-c", "echo 1 > /proc/sys/net/ipv4/conf/eth0/route_localnet"]));
      await run(...inside(pin, ["ip", "route", "add", "127.0.0.1", "via", endpoint.gateway]));
      expect(await host.ask("127.0.0.1", listener.port, "bad")).toBe("");
      expect(await host.ask("127.0.0.1", listener.port)).toBe("secret");
      listener.stop(true);
    });

    test("that are taken name their holder and leave nothing behind", async () => {
      const first = await host.connect("first", [port(80)]);
      const hostPort = first.ports[0]?.hostPort as number;
      const exactly = (number: number) => port(80, { hostPortStart: number, hostPortEnd: number });
      await expect(host.connect("second", [port(81), exactly(hostPort)])).rejects.toThrow(
        `Bind for 0.0.0.0:${hostPort} failed: port is already allocated (by container first)`,
      );
      expect(host.networks.endpointsOf("id-second")).toEqual([]);
      const listener = Bun.listen({ hostname: "0.0.0.0", port: 0, socket: { data() {} } });
      await expect(host.connect("third", [exactly(listener.port)])).rejects.toThrow(
        new RegExp(`:80/tcp: address already in use \\(by pid ${process.pid}, `),
      );
      listener.stop(true);
      await host.networks.disconnect(first.id);
      const again = await host.connect("again", [exactly(hostPort)]);
      expect(again.ports[0]?.hostPort).toBe(hostPort);
    });

    test("of a range: the first free one is taken", async () => {
      const listener = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data() {} } });
      const wanted = { hostIp: "127.0.0.1", hostPortStart: listener.port, hostPortEnd: listener.port + 20 };
      const endpoint = await host.connect("web", [port(80, wanted)]);
      expect(endpoint.ports[0]?.hostPort).toBeGreaterThan(listener.port);
      listener.stop(true);
    });

    test("of an address that this host does not have are refused", async () => {
      await expect(host.connect("web", [port(80, { hostIp: "203.0.113.77" })])).rejects.toThrow(
        "cannot assign requested address",
      );
      await expect(
        host.connect("odd", [port(80, { hostIp: "localhost } ; flush ruleset" })]),
      ).rejects.toThrow("invalid host address");
    });
  });

  test("every container has its own address, and a freed one is not given out at once", async () => {
    const addresses = new Set<string>();
    for (let i = 0; i < 5; i++) {
      const endpoint = await host.connect(`c${i}`);
      addresses.add(endpoint.address);
      await host.networks.disconnect(endpoint.id);
    }
    expect(addresses.size).toBe(5);
    expect(host.events.filter((event) => event.startsWith("connect id-c"))).toHaveLength(5);
    expect(host.events.filter((event) => event.startsWith("disconnect id-c"))).toHaveLength(5);
  });

  test("a container goes out through the host by NAT, and nothing comes in unasked", async () => {
    // A host of its own outside: a namespace joined to this one by a veth.
    const outside = host.namespace("outside");
    const veth = `bo${randomBytes(4).toString("hex")}`;
    await run("ip", "link", "add", veth, "type", "veth", "peer", "name", "out0", "netns", outside);
    try {
      await run("ip", "addr", "add", "198.51.100.1/24", "dev", veth);
      await run("ip", "link", "set", veth, "up");
      await run(...inside(outside, ["ip", "addr", "add", "198.51.100.2/24", "dev", "out0"]));
      await run(...inside(outside, ["ip", "link", "set", "out0", "up"]));
      const endpoint = await host.connect("web", [port(8080)]);
      await host.serve("outside", 7000);
      expect(await host.ask("198.51.100.2", 7000, "web")).toBe("hello 198.51.100.1");
      await host.serve("web", 8080);
      const hostPort = endpoint.ports[0]?.hostPort as number;
      expect(await host.ask("198.51.100.1", hostPort, "outside")).toBe("hello 198.51.100.2");
      await run(...inside(outside, ["ip", "route", "add", endpoint.address, "via", "198.51.100.1"]));
      expect(await host.ask(endpoint.address, 8080, "outside")).toBe("");
    } finally {
      Bun.spawnSync(["ip", "link", "del", veth]);
    }
  }, 20_000);

  test("inside, a container has loopback, one interface without IPv6 and a default route", async () => {
    const endpoint = await host.connect("web");
    using links = inNetns(host.pinOf("web"), () => new Rtnetlink());
    expect(links.links().map(({ name, up }) => `${name} ${up}`)).toEqual(["lo true", "eth0 true"]);
    expect(links.addresses().map(({ address, length }) => `${address}/${length}`)).toEqual([
      "127.0.0.1/8",
      `${endpoint.address}/${endpoint.prefixLength}`,
    ]);
    expect(links.routes().some(({ length }) => length === 0)).toBe(true);
    expect(await run(...inside(host.pinOf("web"), ["ip", "-6", "addr", "show", "dev", "eth0"]))).toBe("");
  });

  test("wanted addresses are checked", async () => {
    const request = { containerId: "id-x", containerName: "x", netnsPath: host.namespace("x"), ports: [] };
    const connect = (more: object) => host.networks.connect("bridge", { ...request, ...more });
    const { gateway } = await host.connect("other");
    await expect(connect({ address: gateway })).rejects.toThrow("already in use");
    await expect(connect({ address: "8.8.8.8" })).rejects.toThrow("not one of bridge's subnet");
    await expect(connect({ macAddress: "no" })).rejects.toThrow("invalid MAC address");
    await expect(connect({ macAddress: "01:00:5e:00:00:01" })).rejects.toThrow("invalid MAC address");
    const address = gateway.replace(/1$/, "77");
    const endpoint = await connect({ address, macAddress: "02:AA:00:00:00:01" });
    expect([endpoint.address, endpoint.macAddress]).toEqual([address, "02:aa:00:00:00:01"]);
  });

  test("a connection that fails half-way leaves no interface, address or port", async () => {
    const pin = host.namespace("web");
    await run(...inside(pin, ["ip", "link", "add", "eth0", "type", "bridge"]));
    await expect(host.connect("web", [port(80)], pin)).rejects.toThrow("create veth");
    expect(host.networks.endpointsOf("id-web")).toEqual([]);
    using links = new Rtnetlink();
    const bridge = links.link(host.bridge)?.index;
    expect(links.links().filter(({ master }) => master === bridge)).toEqual([]);
  });

  test("a container is shown by its name, the new one after a renaming", async () => {
    const endpoint = await host.connect("web");
    const shown = () => host.networks.inspect("bridge").Containers["id-web"];
    expect(shown()).toMatchObject({
      Name: "web",
      IPv4Address: `${endpoint.address}/${endpoint.prefixLength}`,
    });
    host.networks.rename("id-web", "shop");
    expect(shown()?.Name).toBe("shop");
    host.reopen();
    expect(shown()?.Name).toBe("shop");
    await host.networks.recover(new Set());
  });

  test("host and none have endpoints without address", async () => {
    const request = { containerId: "id-x", containerName: "x", netnsPath: "", ports: [port(80)] };
    const endpoint = await host.networks.connect("host", request);
    await host.networks.connect("none", { ...request, containerId: "id-y" });
    expect(endpoint).toMatchObject({ networkName: "host", address: "", hostInterface: "", ports: [] });
    expect(Object.keys(host.networks.inspect("host").Containers)).toEqual(["id-x"]);
    expect(host.networks.portMap("id-x", ["80/tcp"])).toEqual({});
    await host.networks.disconnect(endpoint.id);
    expect(host.events).toEqual(["connect id-x", "connect id-y", "disconnect id-x"]);
  });
});
