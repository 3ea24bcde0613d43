import type { PortMap } from "../spec/index.ts";
import type { Endpoint } from "./types.ts";

/** `NetworkSettings.Ports`: every exposed port, with its bindings where it is published. Keys in order, as Docker's. */
export function portMapOf(endpoints: readonly Endpoint[], exposed: readonly string[]): PortMap {
  // Without an interface of its own a container has no ports of its own.
  if (!endpoints.some((endpoint) => endpoint.address !== "")) return {};
  const map: PortMap = Object.fromEntries(exposed.map((key) => [key, null]));
  for (const { containerPort, protocol, hostIp, hostPort } of endpoints.flatMap(({ ports }) => ports)) {
    const key = `${containerPort}/${protocol}`;
    map[key] = [...(map[key] ?? []), { HostIp: hostIp, HostPort: String(hostPort) }];
  }
  return Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
}
