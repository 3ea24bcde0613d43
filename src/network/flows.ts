import { networkInterfaces } from "node:os";
import type { UdpFlow } from "../kernel/index.ts";
import type { MapElement } from "./firewall-rules.ts";
import { contains, parseIpv4, parseSubnet } from "./ipv4.ts";

/**
 * Which UDP flows go elsewhere than the port map now says: to a container that gave the port up, or to the host itself
 * because they began before the port was published. Flows of others through the same port number are left alone.
 */
export function misdirected(
  subnet: string,
  changed: readonly MapElement[],
  present: readonly MapElement[],
): (flow: UdpFlow) => boolean {
  const network = parseSubnet(subnet);
  const ports = new Set(changed.map((element) => element.hostPort));
  const right = new Set(present.map((element) => `${element.hostPort} ${element.address}`));
  const own = new Set(
    Object.values(networkInterfaces()).flatMap((list) => list?.map(({ address }) => address) ?? []),
  );
  return ({ destination, port, answerer }) => {
    if (!ports.has(port) || right.has(`${port} ${answerer}`)) return false;
    const address = parseIpv4(answerer);
    const toContainer = network !== undefined && address !== undefined && contains(network, address);
    return toContainer || (answerer === destination && own.has(destination));
  };
}
