import { type EngineEvent, nowNanos } from "../core/index.ts";
import { eventFilter } from "./event-filter.ts";
import type { EventLog, EventQuery } from "./types.ts";

/** How many past events are remembered for `since`: as many as Docker keeps. */
const REMEMBERED = 256;

/** The engine's events, in memory: the last few for those who ask for the past, new ones for those who listen. */
export function createEventLog(): EventLog {
  const past: EngineEvent[] = [];
  const listeners = new Set<(event: EngineEvent) => void>();

  return {
    publish(event) {
      const stamped: EngineEvent = { ...event, timeNano: nowNanos() };
      past.push(stamped);
      if (past.length > REMEMBERED) past.shift();
      for (const listener of listeners) listener(stamped);
    },
    async *subscribe({ since, until, filters, signal }: EventQuery) {
      const passes = eventFilter(filters ?? new Map());
      const queue = since === undefined ? [] : past.filter((event) => event.timeNano >= since);
      let wake = () => {};
      const listener = (event: EngineEvent) => {
        queue.push(event);
        wake();
      };
      const interrupt = () => wake();
      listeners.add(listener);
      signal.addEventListener("abort", interrupt);
      let over = false;
      const end = () => {
        over = true;
        wake();
      };
      const timer = until === undefined ? undefined : setTimeout(end, millisecondsUntil(until));
      try {
        while (!signal.aborted) {
          for (let event = queue.shift(); event; event = queue.shift()) {
            if ((until === undefined || event.timeNano <= until) && passes(event)) yield event;
          }
          if (over || (until !== undefined && nowNanos() >= until)) return;
          if (queue.length > 0 || signal.aborted) continue;
          await new Promise<void>((resolve) => {
            wake = resolve;
          });
        }
      } finally {
        listeners.delete(listener);
        signal.removeEventListener("abort", interrupt);
        clearTimeout(timer);
      }
    },
  };
}

/** Rounded up, and no longer than a timer can be set. */
function millisecondsUntil(moment: bigint): number {
  const left = (moment - nowNanos()) / 1_000_000n + 1n;
  return Math.min(Math.max(Number(left), 0), 2 ** 31 - 1);
}
