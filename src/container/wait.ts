import type { WaitReply } from "../spec/index.ts";
import type { Container, Waiter } from "./container.ts";
import type { WaitCondition } from "./types.ts";

/**
 * Waits for a container: registered when this returns. `not-running` holds at once for one that does not run;
 * the others wait for what is still to come.
 */
export function waitFor(
  container: Container,
  condition: WaitCondition,
  signal?: AbortSignal,
): Promise<WaitReply> {
  const { state } = container.record;
  if (condition === "not-running" && !container.alive && state.status !== "restarting") {
    return Promise.resolve({ StatusCode: state.exitCode });
  }
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      container.waiters.delete(waiter);
      reject(signal?.reason);
    };
    const waiter: Waiter = {
      condition,
      resolve: ({ exitCode, error }) => {
        signal?.removeEventListener("abort", onAbort);
        resolve({ StatusCode: exitCode, ...(error !== undefined && { Error: { Message: error } }) });
      },
    };
    container.waiters.add(waiter);
    signal?.addEventListener("abort", onAbort, { once: true });
    if (signal?.aborted) onAbort();
  });
}
