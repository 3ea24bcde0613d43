import { releaseProgramPages } from "../kernel/index.ts";

/** Quiet for this long, the daemon has time to tidy up. */
const QUIET_MS = 3_000;

function tidy(): void {
  Bun.gc(true);
  releaseProgramPages();
}

/**
 * Gives memory back when nothing has happened for a while: a full collection costs milliseconds that nobody waits for
 * then. Once at the start, too. Call the returned function at every sign of activity.
 */
export function collectWhenIdle(): () => void {
  const timer = setTimeout(tidy, QUIET_MS);
  timer.unref();
  return () => void timer.refresh();
}
