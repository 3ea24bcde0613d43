import { constants } from "node:os";
import { BerthError, type ErrorKind } from "../core/index.ts";

const NAMES = new Map(Object.entries(constants.errno).map(([name, number]) => [number, name]));

/** errno numbers that callers decide on. */
export const {
  ENOENT,
  EEXIST,
  EINVAL,
  ESRCH,
  EBUSY,
  ENODATA,
  EPERM,
  EACCES,
  EWOULDBLOCK,
  EADDRINUSE,
  ENOTDIR,
  EXDEV,
} = constants.errno;

export function errnoName(errno: number): string {
  return NAMES.get(errno) ?? `errno ${errno}`;
}

const KINDS: Partial<Record<number, ErrorKind>> = {
  [ENOENT]: "notFound",
  [EPERM]: "denied",
  [EACCES]: "denied",
};

/** A system call that failed: `call` says which and on what, `errno` is the kernel's number. */
export class KernelError extends BerthError {
  readonly code: string;
  constructor(
    readonly call: string,
    readonly errno: number,
  ) {
    super(KINDS[errno] ?? "internal", `${call}: ${errnoName(errno)}`);
    this.code = errnoName(errno);
  }
}
