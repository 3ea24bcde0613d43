import { lastOf, type Subnet } from "./ipv4.ts";

/**
 * The next free address after `after`, going round: an address that was just freed comes back as late as possible,
 * because peers may still remember connections to it. The network's first and last address are never given out.
 * Undefined when the pool is used up.
 */
export function nextAddress(subnet: Subnet, taken: ReadonlySet<number>, after: number): number | undefined {
  const first = subnet.base + 1;
  const count = lastOf(subnet) - first;
  const start = after >= first && after < first + count ? after - first + 1 : 0;
  // `taken` blocks at most its own size, so a free address shows up within one more step.
  for (let step = 0; step < Math.min(count, taken.size + 1); step++) {
    const address = first + ((start + step) % count);
    if (!taken.has(address)) return address;
  }
  return undefined;
}
