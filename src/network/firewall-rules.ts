import { isIPv4 } from "node:net";
import type { MapChange } from "../kernel/index.ts";
import type { PublishedPort } from "./types.ts";

/** One published port as an element of a DNAT map. */
export interface MapElement {
  readonly protocol: PublishedPort["protocol"];
  /** IPv4; `0.0.0.0` is any address of the host. */
  readonly hostIp: string;
  readonly hostPort: number;
  /** The container's. */
  readonly address: string;
  readonly port: number;
}

const ANY = "0.0.0.0";
const PROTOCOL_NUMBERS = { tcp: 6, udp: 17, sctp: 132 } as const;

/**
 * The engine's table, named after its bridge. Characters that nft does not take in a name are written as `_` and
 * their hexadecimal code, so that no two bridges share a table.
 */
export function tableOf(bridge: string): string {
  return `berth_${bridge.replace(/[^A-Za-z0-9]/g, (c) => `_${c.charCodeAt(0).toString(16).padStart(2, "0")}`)}`;
}

/** The map elements of an endpoint's ports. IPv6 bindings have none: a proxy serves them. */
export function elementsOf(ports: readonly PublishedPort[], address: string): MapElement[] {
  return ports
    .filter((port) => isIPv4(port.hostIp))
    .map(({ protocol, hostIp, hostPort, containerPort }) => ({
      protocol,
      hostIp,
      hostPort,
      address,
      port: containerPort,
    }));
}

/** The map an element is in: one for bindings to every address of the host, one for those to a single address. */
function mapOf(element: MapElement): "published" | "published_at" {
  return element.hostIp === ANY ? "published" : "published_at";
}

/** An element's map and key, as text that no other element has. */
export function keyOf(element: MapElement): string {
  const { protocol, hostIp, hostPort } = element;
  return `${protocol} ${hostIp} ${hostPort}`;
}

/** An element as the kernel takes it. */
export function mapChange(verb: MapChange["verb"], element: MapElement): MapChange {
  const { protocol, hostIp, hostPort, address, port } = element;
  const key = [Uint8Array.of(PROTOCOL_NUMBERS[protocol], 0, 0, 0), portBytes(hostPort)];
  if (hostIp !== ANY) key.unshift(addressBytes(hostIp));
  return {
    verb,
    map: mapOf(element),
    key: Buffer.concat(key),
    ...(verb === "add" && { value: Buffer.concat([addressBytes(address), portBytes(port)]) }),
  };
}

function portBytes(port: number): Uint8Array {
  return Uint8Array.of(port >> 8, port & 255, 0, 0);
}

function addressBytes(address: string): Uint8Array {
  return Uint8Array.from(address.split("."), Number);
}

/** The elements as nft(8) reads them, within a map's definition. */
function listOf(elements: readonly MapElement[]): string {
  if (elements.length === 0) return "";
  const lines = elements.map(({ protocol, hostIp, hostPort, address, port }) => {
    const key = `${protocol} . ${hostPort}`;
    return `${hostIp === ANY ? key : `${hostIp} . ${key}`} : ${address} . ${port}`;
  });
  return `elements = { ${lines.join(", ")} }`;
}

/**
 * The whole table in one transaction that replaces whatever stood under its name, so that running it again repairs
 * it and no packet meets half of it. Nobody else's table is touched; a drop in another table still holds, because
 * nftables asks every table's chains on a hook.
 */
export function tableScript(
  table: string,
  bridge: string,
  subnet: string,
  elements: readonly MapElement[],
): string {
  const inMap = (map: string) => listOf(elements.filter((element) => mapOf(element) === map));
  return `
add table inet ${table}
delete table inet ${table}
table inet ${table} {
  map published {
    type inet_proto . inet_service : ipv4_addr . inet_service
    ${inMap("published")}
  }
  map published_at {
    type ipv4_addr . inet_proto . inet_service : ipv4_addr . inet_service
    ${inMap("published_at")}
  }
  chain guard {
    type filter hook prerouting priority raw; policy accept;
    iifname "${bridge}" ip daddr 127.0.0.0/8 drop comment "route_localnet must not open the host's loopback to containers"
  }
  chain publish {
    dnat ip to ip daddr . meta l4proto . th dport map @published_at
    dnat ip to meta l4proto . th dport map @published
  }
  chain prerouting {
    type nat hook prerouting priority dstnat; policy accept;
    fib daddr type local jump publish
  }
  chain output {
    type nat hook output priority -100; policy accept;
    fib daddr type local jump publish
  }
  chain postrouting {
    type nat hook postrouting priority srcnat; policy accept;
    iifname "${bridge}" ip saddr ${subnet} oifname != "${bridge}" masquerade
    oifname "${bridge}" ct status dnat ip saddr { 127.0.0.0/8, ${subnet} } masquerade comment "from the host's loopback, and from a container to a published port"
  }
  chain forward {
    type filter hook forward priority filter; policy accept;
    oifname "${bridge}" ct state established,related accept
    iifname "${bridge}" accept
    oifname "${bridge}" ct status dnat accept
    oifname "${bridge}" drop comment "nothing else reaches a container from outside"
  }
}`;
}
