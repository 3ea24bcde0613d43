import { readFileSync } from "node:fs";

/** The process number in a pid file; undefined while there is none. */
export function readPid(path: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(path, "latin1"), 10);
    return pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}
