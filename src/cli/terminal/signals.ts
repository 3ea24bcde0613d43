import { constants } from "node:os";

/** Signals that are not passed on: those no program can catch, and those that speak of this process itself. */
const OWN = new Set([
  "SIGKILL",
  "SIGSTOP",
  "SIGCHLD",
  "SIGCLD",
  "SIGPIPE",
  "SIGURG",
  "SIGSEGV",
  "SIGBUS",
  "SIGFPE",
  "SIGILL",
  "SIGTRAP",
  "SIGABRT",
  "SIGIOT",
  "SIGSYS",
  "SIGPROF",
  "SIGVTALRM",
]);

/**
 * Passes the signals that this process gets to `send`, by their names without `SIG`, instead of obeying them.
 * Answers what ends that.
 */
export function forwardSignals(send: (name: string) => void): () => void {
  const handlers = new Map<NodeJS.Signals, () => void>();
  for (const name of Object.keys(constants.signals) as NodeJS.Signals[]) {
    if (OWN.has(name)) continue;
    const handler = () => send(name.slice("SIG".length));
    handlers.set(name, handler);
    process.on(name, handler);
  }
  return () => {
    for (const [name, handler] of handlers) process.off(name, handler);
  };
}
