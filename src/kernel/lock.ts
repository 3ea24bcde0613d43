import { closeSync, openSync } from "node:fs";
import { conflict } from "../core/index.ts";
import { EWOULDBLOCK, KernelError } from "./errno.ts";
import { errno, libc } from "./ffi.ts";

const LOCK_EX = 2;
const LOCK_NB = 4;

/**
 * Takes an exclusive flock(2) on a file, making it if need be. The lock goes with the returned descriptor, and so
 * with the process, however it ends. @throws conflict when somebody else holds it
 */
export function lockFile(path: string): number {
  const fd = openSync(path, "a", 0o600);
  if (libc.flock(fd, LOCK_EX | LOCK_NB) !== -1) return fd;
  const number = errno();
  closeSync(fd);
  if (number === EWOULDBLOCK) throw conflict(`${path} is locked by another process`);
  throw new KernelError(`lock ${path}`, number);
}
