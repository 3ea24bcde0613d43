import { invalid } from "../core/index.ts";
import type { NetworkInspect } from "../spec/index.ts";
import type { EndpointRecord, NetworkRecord } from "./records.ts";

/** A network as `GET /networks/{id}` shows it; `GET /networks` gives no endpoints. */
export function describeNetwork(
  network: NetworkRecord,
  bridge: string,
  mtu: number,
  endpoints: readonly EndpointRecord[],
): NetworkInspect {
  const { pool } = network;
  return {
    Name: network.name,
    Id: network.id,
    Created: network.created,
    Scope: "local",
    Driver: network.driver,
    EnableIPv4: true,
    EnableIPv6: false,
    IPAM: {
      Driver: "default",
      Options: null,
      Config: pool ? [{ Subnet: pool.subnet, Gateway: pool.gateway }] : null,
    },
    Internal: false,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: "" },
    ConfigOnly: false,
    Containers: Object.fromEntries(
      endpoints.map((endpoint) => [
        endpoint.containerId,
        {
          Name: endpoint.containerName,
          EndpointID: endpoint.id,
          MacAddress: endpoint.macAddress,
          IPv4Address: endpoint.address === "" ? "" : `${endpoint.address}/${endpoint.prefixLength}`,
          IPv6Address: "",
        },
      ]),
    ),
    Options:
      network.driver === "bridge"
        ? {
            "com.docker.network.bridge.default_bridge": "true",
            "com.docker.network.bridge.enable_icc": "true",
            "com.docker.network.bridge.enable_ip_masquerade": "true",
            "com.docker.network.bridge.host_binding_ipv4": "0.0.0.0",
            "com.docker.network.bridge.name": bridge,
            "com.docker.network.driver.mtu": String(mtu),
          }
        : {},
    Labels: {},
  };
}

type Filters = ReadonlyMap<string, readonly string[]>;

const MATCHERS: Record<string, (network: NetworkRecord, value: string) => boolean> = {
  driver: (network, value) => network.driver === value,
  id: (network, value) => network.id.includes(value),
  // The predefined networks carry no labels.
  label: () => false,
  name: (network, value) => matchesText(network.name, value),
  scope: (_network, value) => value === "local",
  // The predefined networks are never offered for removal.
  dangling: (_network, value) => !isTrue(value),
  type: (_network, value) => value === "builtin",
};

/** The networks that match every filter by one of its values. @throws invalid with Docker's wording */
export function filterNetworks(networks: readonly NetworkRecord[], filters: Filters): NetworkRecord[] {
  for (const [key, values] of filters) {
    if (!Object.hasOwn(MATCHERS, key)) throw invalid(`invalid filter '${key}'`);
    for (const value of values) checkValue(key, value);
  }
  return networks.filter((network) =>
    [...filters].every(
      ([key, values]) =>
        values.length === 0 || values.some((value) => MATCHERS[key]?.(network, value) ?? false),
    ),
  );
}

function checkValue(key: string, value: string): void {
  const known =
    key === "type"
      ? ["builtin", "custom"].includes(value)
      : key !== "dangling" || /^(?:1|0|t|f|true|false)$/i.test(value);
  if (!known) throw invalid(`invalid filter: '${key}'='${value}'`);
}

function isTrue(value: string): boolean {
  return /^(?:1|t|true)$/i.test(value);
}

/** Docker reads a name filter as a regular expression, and as plain text where it is none. */
function matchesText(name: string, pattern: string): boolean {
  try {
    return new RegExp(pattern).test(name);
  } catch {
    return name.includes(pattern);
  }
}
