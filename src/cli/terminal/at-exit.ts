import { constants } from "node:os";

/** Signals that would end this process before it could clean up. */
const ENDING: readonly NodeJS.Signals[] = ["SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM"];

const cleanups = new Set<() => void>();

/**
 * Runs `cleanup` when this process exits, by itself or by a signal, unless the function that is answered is called
 * before. A signal that somebody else listens to is theirs: it does not end the process.
 */
export function atExit(cleanup: () => void): () => void {
  if (cleanups.size === 0) install();
  cleanups.add(cleanup);
  return () => {
    if (cleanups.delete(cleanup) && cleanups.size === 0) uninstall();
  };
}

function install(): void {
  process.on("exit", runAll);
  for (const signal of ENDING) process.on(signal, end);
}

function uninstall(): void {
  process.off("exit", runAll);
  for (const signal of ENDING) process.off(signal, end);
}

function runAll(): void {
  for (const cleanup of cleanups) cleanup();
  cleanups.clear();
}

function end(signal: NodeJS.Signals): void {
  if (process.listenerCount(signal) > 1) return;
  process.exit(128 + (constants.signals[signal] ?? 0));
}
