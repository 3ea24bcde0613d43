import { expect, test } from "bun:test";
import type { PortSummary } from "../../spec/index.ts";
import { portsText } from "./ports.ts";

const port = (PrivatePort: number, IP?: string, PublicPort?: number, Type: PortSummary["Type"] = "tcp") => ({
  PrivatePort,
  Type,
  ...(IP !== undefined && { IP, PublicPort }),
});

for (const [name, ports, text] of [
  ["none", [], ""],
  ["exposed", [port(443), port(80)], "80/tcp, 443/tcp"],
  ["a range of exposed ports", [port(82), port(80), port(81), port(90)], "80-82/tcp, 90/tcp"],
  [
    "published on both families",
    [port(80, "::", 8080), port(80, "0.0.0.0", 8080)],
    "0.0.0.0:8080->80/tcp, [::]:8080->80/tcp",
  ],
  ["published under its own number", [port(80, "0.0.0.0", 80)], "0.0.0.0:80->80/tcp"],
  [
    "a range published under its own numbers",
    [port(80, "0.0.0.0", 80), port(81, "0.0.0.0", 81), port(53, "0.0.0.0", 53, "udp")],
    "0.0.0.0:53->53/udp, 0.0.0.0:80-81->80-81/tcp",
  ],
  ["mixed", [port(22), port(80, "127.0.0.1", 8000)], "22/tcp, 127.0.0.1:8000->80/tcp"],
] as [string, PortSummary[], string][]) {
  test(name, () => expect(portsText(ports)).toBe(text));
}
