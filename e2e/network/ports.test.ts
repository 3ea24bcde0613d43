/** Published ports and outgoing traffic, seen from the host, from other containers and from another machine. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { createSocket } from "node:dgram";
import { chmodSync } from "node:fs";
import { networkInterfaces } from "node:os";
import { bothClis, directoryOf, eventually, TestEngine } from "../harness/index.ts";
import { OutsideWorld } from "./outside-world.ts";
import { udpEcho } from "./udp-echo.ts";

const engine = new TestEngine("ports").use();
/** A page that says from which address it was asked for. */
const WHOAMI = "#!/bin/sh\necho\necho $REMOTE_ADDR";
let outside: OutsideWorld;

beforeAll(() => {
  outside = new OutsideWorld(engine.token);
});
afterAll(() => outside.close());

/** An address of this machine that is neither loopback nor one of a bridge. */
function hostAddress(): string {
  const found = Object.entries(networkInterfaces())
    .filter(([name]) => /^(eth|en|wl)/.test(name))
    .flatMap(([, addresses]) => addresses ?? [])
    .find(({ family }) => family === "IPv4");
  return found?.address ?? outside.hostAddress;
}

const fetched = (address: string) =>
  fetch(`http://${address}/`, { signal: AbortSignal.timeout(2000) }).then(
    (reply) => reply.text(),
    () => "no answer",
  );

bothClis(engine, (cli) => {
  /** Starts a web server that answers with its own name. */
  async function serve(name: string, ...flags: string[]): Promise<string> {
    const full = cli.unique(name);
    const script = `echo ${full} > /tmp/index.html; exec httpd -f -p 80 -h /tmp`;
    await cli.ok("run", "-d", "--name", full, ...flags, engine.base, "sh", "-c", script);
    await eventually(
      "it listens",
      async () => (await cli.run(["exec", full, "wget", "-qO-", "http://127.0.0.1/"])).code === 0,
    );
    return full;
  }
  const portOf = async (name: string) =>
    (await cli.ok("port", name, "80")).split("\n")[0]?.split(":").at(-1) ?? "";

  test("a port published everywhere answers on loopback, on every address of the host, and to other machines", async () => {
    const name = await serve("everywhere", "-p", "80");
    const port = await portOf(name);
    expect(await fetched(`127.0.0.1:${port}`)).toBe(`${name}\n`);
    expect(await fetched(`localhost:${port}`)).toBe(`${name}\n`);
    expect(await fetched(`${hostAddress()}:${port}`)).toBe(`${name}\n`);
    expect(await fetched(`${outside.hostAddress}:${port}`)).toBe(`${name}\n`);
    expect(
      (await outside.run("timeout", "3", "wget", "-qO-", `http://${outside.hostAddress}:${port}/`)).stdout,
    ).toBe(`${name}\n`);
    const { Ports } = (await cli.inspect(name)).NetworkSettings;
    expect(Ports["80/tcp"]?.[0]).toEqual({ HostIp: "0.0.0.0", HostPort: port });
    expect(await cli.ok("ps", "--filter", `name=${name}`, "--format", "{{.Ports}}")).toContain(
      `0.0.0.0:${port}->80/tcp`,
    );
    await cli.ok("rm", "-f", name);
    expect(await fetched(`127.0.0.1:${port}`)).toBe("no answer");
  });

  test("a port of one's own choice, and one published on loopback alone", async () => {
    const name = await serve("loopback", "-p", "127.0.0.1::80");
    const port = await portOf(name);
    expect(await fetched(`127.0.0.1:${port}`)).toBe(`${name}\n`);
    expect(await fetched(`${hostAddress()}:${port}`)).toBe("no answer");
    expect(
      (await outside.run("timeout", "2", "wget", "-qO-", `http://${outside.hostAddress}:${port}/`)).code,
    ).not.toBe(0);
    await cli.ok("rm", "-f", name);
    const again = await serve("chosen", "-p", `127.0.0.1:${port}:80`);
    expect(await cli.ok("port", again)).toBe(`80/tcp -> 127.0.0.1:${port}`);
    expect(await fetched(`127.0.0.1:${port}`)).toBe(`${again}\n`);
    await cli.ok("rm", "-f", again);
  });

  test("-P publishes what EXPOSE names; what is not published is not reached from outside", async () => {
    const all = await serve("all", "-P", "--expose", "80", "--expose", "81/udp");
    const lines = (await cli.ok("port", all)).split("\n");
    expect(lines.some((line) => /^80\/tcp -> 0\.0\.0\.0:\d+$/.test(line))).toBe(true);
    expect(lines.some((line) => /^81\/udp -> 0\.0\.0\.0:\d+$/.test(line))).toBe(true);
    expect(await fetched(`127.0.0.1:${await portOf(all)}`)).toBe(`${all}\n`);
    const { IPAddress } = (await cli.inspect(all)).NetworkSettings;
    expect(await fetched(`${IPAddress}:80`)).toBe(`${all}\n`);
    await cli.ok("rm", "-f", all);
    const hidden = await serve("hidden");
    const address = (await cli.inspect(hidden)).NetworkSettings.IPAddress;
    expect(await cli.ok("port", hidden)).toBe("");
    // The host itself may reach a container's address; another machine, with a route to it, must not.
    expect(await fetched(`${address}:80`)).toBe(`${hidden}\n`);
    expect((await outside.run("timeout", "2", "wget", "-qO-", `http://${address}/`)).code).not.toBe(0);
    await cli.ok("rm", "-f", hidden);
  });

  test.skipIf(process.arch !== "x64")("UDP", async () => {
    using context = await directoryOf({
      Dockerfile: 'FROM scratch\nCOPY echo /echo\nCMD ["/echo"]\n',
      echo: udpEcho(53),
    });
    chmodSync(`${context.path}/echo`, 0o755);
    const image = cli.image("udp");
    await cli.ok("build", "-t", image, context.path);
    const name = cli.unique("udp");
    await cli.ok("run", "-d", "--name", name, "-p", "127.0.0.1::53/udp", image);
    const port = Number((await cli.ok("port", name, "53/udp")).split(":").at(-1));
    const socket = createSocket("udp4");
    let answer = "";
    socket.on("message", (bytes) => {
      answer += bytes.toString();
    });
    await eventually("the datagram comes back", async () => {
      socket.send("ping over udp", port, "127.0.0.1");
      await Bun.sleep(50);
      return answer.startsWith("ping over udp");
    });
    socket.close();
    await cli.ok("rm", "-f", name);
  });

  test("other containers reach it by address, and by the host's published port", async () => {
    const name = await serve("neighbour", "-p", "80");
    const { IPAddress, Gateway } = (await cli.inspect(name)).NetworkSettings;
    const client = (address: string) =>
      cli.ok("run", "--rm", engine.base, "timeout", "3", "wget", "-qO-", `http://${address}/`);
    expect(await client(`${IPAddress}:80`)).toBe(name);
    expect(await client(`${Gateway}:${await portOf(name)}`)).toBe(name);
    expect(await client(`${outside.hostAddress}:${await portOf(name)}`)).toBe(name);
    expect(
      await cli.inside(name, "timeout", "3", "wget", "-qO-", `http://${Gateway}:${await portOf(name)}/`),
    ).toBe(name);
    await cli.ok("rm", "-f", name);
  });

  test("outgoing traffic reaches another machine under the host's address", async () => {
    using site = await directoryOf({ "cgi-bin/whoami": WHOAMI });
    chmodSync(`${site.path}/cgi-bin/whoami`, 0o755);
    const port = cli.name === "berth" ? "8123" : "8124";
    outside.start("httpd", "-f", "-p", port, "-h", site.path);
    const url = `http://${outside.address}:${port}/cgi-bin/whoami`;
    const ask = () => cli.run(["run", "--rm", engine.base, "timeout", "3", "wget", "-qO-", url]);
    const seen = await eventually("it answers", async () => (await ask()).stdout);
    expect(seen).toContain(outside.hostAddress);
  });

  test("a server sees the client's own address when it comes from another machine", async () => {
    const name = cli.unique("whoami");
    const script = `mkdir -p /srv/cgi-bin; echo '${WHOAMI}' > /srv/cgi-bin/whoami; chmod 755 /srv/cgi-bin/whoami; exec httpd -f -p 80 -h /srv`;
    await cli.ok("run", "-d", "--name", name, "-p", "80", engine.base, "sh", "-c", script);
    const url = `http://${outside.hostAddress}:${await portOf(name)}/cgi-bin/whoami`;
    const ask = () => outside.run("timeout", "3", "wget", "-qO-", url);
    const seen = await eventually("it answers", async () => (await ask()).stdout);
    expect(seen).toContain(outside.address);
    await cli.ok("rm", "-f", name);
  });

  test("names resolve by the host's name servers", async () => {
    const text = await cli.ok("run", "--rm", engine.base, "cat", "/etc/resolv.conf");
    expect(text).toMatch(/^nameserver \S+$/m);
    expect(text).not.toMatch(/^nameserver 127\.0\.0\.(1|53)$/m);
    const own = ["--dns", "192.0.2.53", "--dns-search", "example.test", "--add-host", "db:192.0.2.7"];
    const chosen = await cli.ok("run", "--rm", ...own, engine.base, "cat", "/etc/resolv.conf", "/etc/hosts");
    expect(chosen).toContain("nameserver 192.0.2.53");
    expect(chosen).toContain("search example.test");
    expect(chosen).toContain("192.0.2.7\tdb");
  });

  test("a port in use is refused, the container is not started, and the port's holder serves on", async () => {
    const holder = await serve("holder", "-p", "127.0.0.1::80");
    const port = await portOf(holder);
    const second = cli.unique("second");
    const { code, stderr } = await cli.run([
      "run",
      "-d",
      "--name",
      second,
      "-p",
      `127.0.0.1:${port}:80`,
      engine.base,
      "sleep",
      "9",
    ]);
    expect(code).toBe(125);
    expect(stderr).toContain(`Bind for 127.0.0.1:${port} failed: port is already allocated`);
    expect((await cli.inspect(second)).State).toMatchObject({ Running: false, Status: "created" });
    expect(await fetched(`127.0.0.1:${port}`)).toBe(`${holder}\n`);
    await cli.ok("rm", "-f", holder);
    await cli.ok("start", second);
    await cli.ok("rm", "-f", second);
  });
});
