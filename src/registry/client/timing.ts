/** Time limits of a client and its clock; tests put in their own. All in milliseconds. */
export interface Timing {
  /** A connection, with its TLS handshake, takes no longer. */
  readonly connect: number;
  /** No byte for so long in either direction: the connection is given up. */
  readonly stall: number;
  /** The reply to a whole blob, which the registry first checks and perhaps copies. */
  readonly commit: number;
  /** An idle connection is kept this long for the next request. */
  readonly keep: number;
  now(): number;
  /** Between 0 and 1. */
  random(): number;
  /** @throws the signal's reason when aborted */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

export const REAL_TIMING: Timing = {
  connect: 30_000,
  stall: 60_000,
  commit: 600_000,
  keep: 30_000,
  now: () => Date.now(),
  random: () => Math.random(),
  sleep,
};

function sleep(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(signal.reason);
    const stop = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", stop);
      resolve();
    }, ms);
    signal.addEventListener("abort", stop, { once: true });
  });
}
