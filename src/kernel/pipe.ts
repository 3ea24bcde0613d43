import { closeSync, constants, openSync } from "node:fs";
import { check, libc } from "./ffi.ts";

const O_CLOEXEC = 0o2000000;

/**
 * An anonymous pipe, both ends close-on-exec. `ours` is the end that stays in this process: it alone is non-blocking,
 * the child that gets the other end sees an ordinary blocking pipe. @throws KernelError
 */
export function openPipe(ours: "read" | "write"): { read: number; write: number } {
  const ends = new Int32Array(2);
  check(libc.pipe2(ends, O_CLOEXEC), () => "open pipe");
  const [read, write] = ends as unknown as [number, number];
  const [kept, flags] = ours === "read" ? [read, constants.O_RDONLY] : [write, constants.O_WRONLY];
  try {
    // A second open gives this end file status flags of its own.
    const own = openSync(`/proc/self/fd/${kept}`, flags | constants.O_NONBLOCK);
    closeSync(kept);
    return ours === "read" ? { read: own, write } : { read, write: own };
  } catch (error) {
    closeSync(read);
    closeSync(write);
    throw error;
  }
}
