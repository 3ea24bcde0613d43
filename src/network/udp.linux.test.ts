import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { createSocket, type Socket } from "node:dgram";
import { cannotRun, port, TestNetworks } from "./test-support.ts";

describe.skipIf(cannotRun !== undefined)("published UDP ports", () => {
  let host: TestNetworks;
  let client: Socket;

  beforeEach(async () => {
    host = await TestNetworks.open();
  });

  afterEach(async () => {
    client.close();
    expect(await host.close()).toEqual([]);
  });

  /** Sends until an answer comes, for at most three seconds; always from the same socket. */
  async function askUdp(address: string, udpPort: number, wanted: RegExp): Promise<string> {
    let last = "";
    client.removeAllListeners("message");
    client.on("message", (data) => {
      last = data.toString();
    });
    for (let i = 0; i < 60 && !wanted.test(last); i++) {
      client.send("?", udpPort, address);
      await Bun.sleep(50);
    }
    return last;
  }

  test("a published UDP port answers over IPv4 and IPv6", async () => {
    const endpoint = await host.connect("dns", [port(5353, { protocol: "udp" })]);
    const hostPort = endpoint.ports[0]?.hostPort as number;
    await host.serveUdp("dns", 5353, "dns");
    client = createSocket("udp4");
    expect(await askUdp("127.0.0.1", hostPort, /^dns/)).toStartWith("dns ");
    client.close();
    client = createSocket("udp6");
    expect(await askUdp("::1", hostPort, /^dns/)).toStartWith("dns ");
  });

  test("a client that goes on sending reaches the container that took the port over", async () => {
    client = createSocket("udp4");
    const wanted = (hostPort: number) => [
      port(5353, { protocol: "udp", hostIp: "127.0.0.1", hostPortStart: hostPort, hostPortEnd: hostPort }),
    ];
    const first = await host.connect("first", wanted(0));
    const hostPort = first.ports[0]?.hostPort as number;
    await host.serveUdp("first", 5353, "first");
    expect(await askUdp("127.0.0.1", hostPort, /^first/)).toStartWith("first ");
    await host.networks.disconnect(first.id);
    await host.connect("second", wanted(hostPort));
    await host.serveUdp("second", 5353, "second");
    expect(await askUdp("127.0.0.1", hostPort, /^second/)).toStartWith("second ");
  });
});
