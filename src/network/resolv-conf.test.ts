import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DnsSettings, hostDns, parseResolvConf, renderResolvConf } from "./resolv-conf.ts";

const NONE: DnsSettings = { servers: [], search: [], options: [] };
const directory = mkdtempSync(join(tmpdir(), "berth-dns-"));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

const render = (host: string, dns = NONE, own = true) =>
  renderResolvConf(parseResolvConf(host), dns, own).split("\n").slice(1, -1);

test("servers, search list and options are taken over, comments are not", () => {
  expect(
    render(
      "# a\nnameserver 10.0.0.1 # b\nnameserver nonsense\nsearch a.example b.example\noptions ndots:2\n",
    ),
  ).toEqual(["nameserver 10.0.0.1", "search a.example b.example", "options ndots:2"]);
  expect(render("domain x.example\nnameserver 1.1.1.1")).toEqual(["nameserver 1.1.1.1", "search x.example"]);
});

test("loopback and IPv6 servers are of no use in a namespace; without any, public ones are named", () => {
  expect(render("nameserver 127.0.0.1\nnameserver ::1\nnameserver 9.9.9.9")).toEqual(["nameserver 9.9.9.9"]);
  expect(render("nameserver 127.0.0.53\nnameserver fe80::1%eth0")).toEqual([
    "nameserver 8.8.8.8",
    "nameserver 8.8.4.4",
  ]);
  expect(render("nameserver 127.0.0.53\nnameserver 2001:db8::1", NONE, false)).toEqual([
    "nameserver 127.0.0.53",
    "nameserver 2001:db8::1",
  ]);
});

test("what is given replaces the host's; a search list of `.` means none", () => {
  const dns = { servers: ["1.1.1.1"], search: ["."], options: ["ndots:3"] };
  expect(render("nameserver 10.0.0.1\nsearch a.example\noptions ndots:2", dns)).toEqual([
    "nameserver 1.1.1.1",
    "options ndots:3",
  ]);
});

test("behind systemd-resolved's stub its own servers are used", () => {
  const stub = file("stub", "nameserver 127.0.0.53\nsearch stub.example\n");
  const upstream = file("upstream", "nameserver 10.9.9.9\nsearch real.example\n");
  expect(hostDns(true, stub, upstream)).toEqual({
    servers: ["10.9.9.9"],
    search: ["real.example"],
    options: [],
  });
  expect(hostDns(false, stub, upstream).servers).toEqual(["127.0.0.53"]);
  expect(hostDns(true, stub, join(directory, "missing")).servers).toEqual(["127.0.0.53"]);
  expect(hostDns(true, join(directory, "missing"), upstream).servers).toEqual([]);
});
