import { unavailable } from "../core/index.ts";
import { overlaps, parseSubnet, type Subnet } from "./ipv4.ts";

/** Prefixes shorter than this are ways to the whole world (a VPN's 0.0.0.0/1), not networks to keep clear of. */
const SHORTEST_NETWORK = 8;

/** The pools that Docker takes by default, in its order. */
export function candidateSubnets(): Subnet[] {
  const texts = [
    ...Array.from({ length: 15 }, (_, i) => `172.${17 + i}.0.0/16`),
    ...Array.from({ length: 16 }, (_, i) => `192.168.${16 * i}.0/20`),
  ];
  return texts.map((text) => parseSubnet(text) as Subnet);
}

/** Whether a pool touches none of the networks in use. */
export function isFree(pool: Subnet, used: readonly Subnet[]): boolean {
  return !used.some((subnet) => subnet.length >= SHORTEST_NETWORK && overlaps(pool, subnet));
}

/**
 * The first pool that touches none of the host's routes, addresses and name servers.
 * @throws unavailable when all are in use
 */
export function chooseSubnet(used: readonly Subnet[]): Subnet {
  const free = candidateSubnets().find((pool) => isFree(pool, used));
  if (!free) {
    throw unavailable(
      "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network: every one of them overlaps a route of this host",
    );
  }
  return free;
}
