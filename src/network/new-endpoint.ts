import { invalid } from "../core/index.ts";
import { macOf, parseIpv4, parseSubnet, type Subnet } from "./ipv4.ts";
import type { EndpointRecord, NetworkRecord } from "./records.ts";
import type { ConnectOptions, PublishedPort } from "./types.ts";

const MAC_ADDRESS = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/;

/**
 * An endpoint of a network at an address, which is empty where the network has none.
 * @param claim takes the ports, last of all
 * @throws invalid (MAC address), and what `claim` throws
 */
export function newEndpoint(
  id: string,
  network: NetworkRecord,
  request: ConnectOptions,
  address: string,
  claim: () => PublishedPort[],
): EndpointRecord {
  const { containerId, containerName } = request;
  const place = { id, networkId: network.id, networkName: network.name, containerId, containerName, address };
  if (!network.pool) {
    return { ...place, prefixLength: 0, gateway: "", macAddress: "", hostInterface: "", ports: [] };
  }
  return {
    ...place,
    prefixLength: (parseSubnet(network.pool.subnet) as Subnet).length,
    gateway: network.pool.gateway,
    macAddress: macAddressOf(request.macAddress, address),
    // Network managers of the common distributions leave links of this name alone.
    hostInterface: `veth${id.slice(0, 7)}`,
    ports: claim(),
  };
}

function macAddressOf(wanted: string | undefined, address: string): string {
  if (wanted === undefined) return macOf(parseIpv4(address) as number);
  const lower = wanted.toLowerCase();
  // The lowest bit of the first octet marks group addresses, which no interface can have (IEEE 802).
  if (!MAC_ADDRESS.test(lower) || Number.parseInt(lower.slice(0, 2), 16) & 1) {
    throw invalid(`invalid MAC address ${JSON.stringify(wanted)}: expected one such as 02:42:ac:11:00:02`);
  }
  return lower;
}
