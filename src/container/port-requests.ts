import { invalid } from "../core/index.ts";
import type { PortRequest } from "../network/index.ts";
import type { ContainerConfig, HostConfig } from "../spec/index.ts";
import { withProtocol } from "./merge-config.ts";

const PROTOCOLS = ["tcp", "udp", "sctp"] as const;

/** `80/tcp` as numbers. @throws invalid */
export function parsePort(text: string): { port: number; protocol: PortRequest["protocol"] } {
  const [number = "", name = ""] = withProtocol(text).split("/");
  const port = Number(number);
  if (!/^\d{1,5}$/.test(number) || port < 1 || port > 65535)
    throw invalid(`invalid port specification: "${text}"`);
  const protocol = PROTOCOLS.find((known) => known === name);
  if (!protocol) throw invalid(`invalid protocol: ${name}`);
  return { port, protocol };
}

function hostRange(text: string, written: string): [number, number] {
  if (text === "" || text === "0") return [0, 0];
  const m = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text);
  const first = Number(m?.[1]);
  const last = Number(m?.[2] ?? m?.[1]);
  if (!m || first < 1 || last > 65535 || last < first)
    throw invalid(`invalid port specification: "${written}"`);
  return [first, last];
}

/** What a container wants published: its port bindings, and with `-P` every exposed port that has none. @throws invalid */
export function portRequests(host: HostConfig, config: ContainerConfig): PortRequest[] {
  const requests: PortRequest[] = [];
  const bound = new Set<string>();
  for (const [key, bindings] of Object.entries(host.PortBindings)) {
    const { port, protocol } = parsePort(key);
    bound.add(`${port}/${protocol}`);
    // A port with an empty list of bindings is published at a random port.
    for (const binding of bindings?.length ? bindings : [{ HostIp: "", HostPort: "" }]) {
      const [start, end] = hostRange(binding.HostPort ?? "", `${binding.HostPort}:${key}`);
      requests.push({
        protocol,
        containerPort: port,
        hostIp: binding.HostIp ?? "",
        hostPortStart: start,
        hostPortEnd: end,
      });
    }
  }
  if (host.PublishAllPorts) {
    for (const key of Object.keys(config.ExposedPorts ?? {})) {
      const { port, protocol } = parsePort(key);
      if (bound.has(`${port}/${protocol}`)) continue;
      requests.push({ protocol, containerPort: port, hostIp: "", hostPortStart: 0, hostPortEnd: 0 });
    }
  }
  return requests;
}
