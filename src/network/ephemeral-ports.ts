import { readFileSync } from "node:fs";

const RANGE_FILE = "/proc/sys/net/ipv4/ip_local_port_range";
/** The kernel's own default. */
const DEFAULT_RANGE: readonly [number, number] = [32768, 60999];

function range(): readonly [number, number] {
  try {
    const [first = 0, last = 0] = readFileSync(RANGE_FILE, "utf8").trim().split(/\s+/).map(Number);
    return first > 0 && last >= first ? [first, last] : DEFAULT_RANGE;
  } catch {
    return DEFAULT_RANGE;
  }
}

/**
 * Ports for publishing at random: the kernel's ephemeral range upwards, as Docker gives them out. `next` yields each
 * port of the range once, beginning behind the last one it gave: one that was just freed comes back late.
 */
export function ephemeralPorts([first, last] = range()): { next(): Generator<number> } {
  let upcoming = first;
  return {
    *next() {
      for (let count = last - first + 1; count > 0; count--) {
        const port = upcoming;
        upcoming = port === last ? first : port + 1;
        yield port;
      }
    },
  };
}
