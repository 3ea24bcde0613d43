import { readFileSync } from "node:fs";
import type { Contender } from "./contender.ts";

/** How often memory is looked at while something runs. */
const EVERY_MS = 100;

/** Proportional set size: memory with every shared page divided by the number of processes that share it. */
function megabytes(pid: number): number {
  const kilobytes = /^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1];
  return (Number(kilobytes) * 1024) / 1e6;
}

/** Memory of a contender's daemon now; null where there is none. */
export function daemonMegabytes(contender: Contender): number | null {
  const pids = contender.daemonPids();
  return pids.length === 0 ? null : pids.reduce((sum, pid) => sum + megabytes(pid), 0);
}

/** Watches the daemon's memory until it is disposed of; `peak` is the most that was seen. */
export function watchMemory(contender: Contender): Disposable & { readonly peak: number | null } {
  const pids = contender.daemonPids();
  let peak: number | null = null;
  const look = () => {
    if (pids.length > 0)
      peak = Math.max(
        peak ?? 0,
        pids.reduce((sum, pid) => sum + megabytes(pid), 0),
      );
  };
  const timer = setInterval(look, EVERY_MS);
  look();
  return {
    get peak() {
      return peak;
    },
    [Symbol.dispose]: () => clearInterval(timer),
  };
}
