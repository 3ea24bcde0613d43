import { Rtnetlink } from "../kernel/index.ts";
import { parseIpv4, type Subnet, subnetOf } from "./ipv4.ts";
import { hostDns } from "./resolv-conf.ts";

/**
 * What the host routes, has, or asks names from, but for what belongs to one link: a new network must not hide it.
 * @throws KernelError
 */
export function usedSubnets(exceptLink: string): Subnet[] {
  using links = new Rtnetlink();
  const own = links.link(exceptLink)?.index;
  const found = [...links.addresses(), ...links.routes()].filter(
    ({ link }) => own === undefined || link !== own,
  );
  const servers = hostDns(true).servers.map((address) => ({ address, length: 32 }));
  return [...found, ...servers].flatMap(({ address, length }) => {
    const number = parseIpv4(address);
    return number === undefined ? [] : [subnetOf(number, length)];
  });
}
