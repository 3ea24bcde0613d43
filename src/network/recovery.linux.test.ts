import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { Nftables, Rtnetlink } from "../kernel/index.ts";
import { tableOf } from "./firewall-rules.ts";
import { cannotRun, port, run, TestNetworks } from "./test-support.ts";

describe.skipIf(cannotRun !== undefined)("networks after the daemon or the host changed", () => {
  let host: TestNetworks;

  beforeEach(async () => {
    host = await TestNetworks.open();
  });

  afterEach(async () => {
    expect(await host.close()).toEqual([]);
  });

  /** How many ports the table publishes. */
  function publishedCount(): number {
    using nft = new Nftables();
    const objects = nft.list("list map", `list map inet ${tableOf(host.bridge)} published`);
    const map = objects.find((object) => "map" in object)?.map as { elem?: unknown[] } | undefined;
    return map?.elem?.length ?? 0;
  }

  test("a new daemon finds network, ports and rules as they were, and removes what belongs to nobody", async () => {
    const endpoint = await host.connect("web", [port(8080)]);
    const gone = await host.connect("gone", [port(8080)]);
    const hostPort = endpoint.ports[0]?.hostPort as number;
    await host.serve("web", 8080);
    const { Id } = host.networks.inspect("bridge");

    host.reopen();
    expect(await host.ask("127.0.0.1", hostPort)).toStartWith("hello ");
    await host.networks.recover(new Set(["id-web"]));
    expect(host.networks.inspect("bridge").Id).toBe(Id);
    expect(Object.keys(host.networks.inspect("bridge").Containers)).toEqual(["id-web"]);
    expect(await host.ask("127.0.0.1", hostPort)).toStartWith("hello ");
    expect(await host.ask("::1", hostPort)).toStartWith("hello ");
    expect(() => Bun.listen({ hostname: "0.0.0.0", port: hostPort, socket: { data() {} } })).toThrow();
    expect(host.networks.endpointsOf("id-gone")).toEqual([]);
    expect(publishedCount()).toBe(1);
    using links = new Rtnetlink();
    for (let i = 0; i < 100 && links.link(gone.hostInterface); i++) await Bun.sleep(50);
    expect(links.link(gone.hostInterface)).toBeUndefined();
  }, 15_000);

  test("a daemon killed with SIGKILL is taken over", async () => {
    // The state is a daemon's alone: this process lets go of it while the other one lives.
    host.networks.close();
    const script = `
    import { openState } from ${JSON.stringify(import.meta.resolve("../state/index.ts"))};
    import { openNetworks } from ${JSON.stringify(import.meta.resolve("./index.ts"))};
    const [execRoot, bridge] = process.argv.slice(1);
    const networks = openNetworks({ state: openState(execRoot + "/state.db"), bridge, execRoot, publish() {}, log() {} });
    await networks.recover(new Set());
    const netnsPath = execRoot + "/netns/web";
    networks.createNamespace(netnsPath);
    const ports = [{ protocol: "tcp", containerPort: 8080, hostIp: "", hostPortStart: 0, hostPortEnd: 0 }];
    const endpoint = await networks.connect("bridge", { containerId: "id-web", containerName: "web", netnsPath, ports });
    console.log(endpoint.ports[0].hostPort);
    setInterval(() => {}, 1000);`;
    const daemon = Bun.spawn([process.execPath, "-e", script, host.directory, host.bridge], {
      stdout: "pipe",
    });
    const { value } = await daemon.stdout.getReader().read();
    const hostPort = Number(new TextDecoder().decode(value));
    daemon.kill("SIGKILL");
    await daemon.exited;
    await host.serve("web", 8080);
    expect(await host.ask("127.0.0.1", hostPort)).toStartWith("hello ");
    host.reopen();
    await host.networks.recover(new Set(["id-web"]));
    expect(host.networks.endpointsOf("id-web")[0]?.ports[0]?.hostPort).toBe(hostPort);
    expect(await host.ask("127.0.0.1", hostPort)).toStartWith("hello ");
    expect(await host.ask("::1", hostPort)).toStartWith("hello ");
  }, 15_000);

  test("a table that somebody flushed and a bridge that somebody deleted are made anew when needed", async () => {
    const first = await host.connect("first", [port(8080)]);
    await host.serve("first", 8080);
    using nft = new Nftables();
    nft.run("flush as a restarted firewall service does", `delete table inet ${tableOf(host.bridge)}`);
    await host.connect("second", [port(8080)]);
    expect(publishedCount()).toBe(2);
    await run("ip", "link", "del", host.bridge);
    await host.connect("third", [port(8080)]);
    await host.networks.recover(new Set(["id-first", "id-second", "id-third"]));
    expect(await host.ask("127.0.0.1", first.ports[0]?.hostPort as number)).toStartWith("hello ");
    expect(host.log.join()).toContain("anew");
  });

  test("recovering again and again changes nothing", async () => {
    const endpoint = await host.connect("web", [port(8080)]);
    await host.serve("web", 8080);
    for (let i = 0; i < 3; i++) await host.networks.recover(new Set(["id-web"]));
    expect(publishedCount()).toBe(1);
    expect(await host.ask("127.0.0.1", endpoint.ports[0]?.hostPort as number)).toStartWith("hello ");
  });

  test("a released port is withdrawn from the table", async () => {
    const endpoint = await host.connect("web", [port(8080)]);
    expect(publishedCount()).toBe(1);
    await host.networks.disconnect(endpoint.id);
    for (let i = 0; i < 40 && publishedCount() > 0; i++) await Bun.sleep(25);
    expect(publishedCount()).toBe(0);
  });

  test("an idle network gives way to a network of the host that took its subnet", async () => {
    const before = host.networks.inspect("bridge").IPAM.Config?.[0]?.Subnet as string;
    const other = `${host.bridge}x`;
    host.reopen();
    await run("ip", "link", "add", other, "type", "bridge");
    try {
      await run("ip", "addr", "add", before.replace(/\.0\/\d+$/, ".77/24"), "dev", other);
      await host.networks.recover(new Set());
      const after = host.networks.inspect("bridge").IPAM.Config?.[0]?.Subnet as string;
      expect(after).not.toBe(before);
      const endpoint = await host.connect("web");
      expect(endpoint.address.split(".")[1]).toBe(after.split(".")[1] as string);
    } finally {
      await run("ip", "link", "del", other);
    }
  });
});
