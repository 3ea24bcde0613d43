import { check, libc } from "./ffi.ts";

const RLIMIT_NOFILE = 7;

/** Soft and hard limit of open files of this process. */
export function openFileLimit(): { soft: number; hard: number } {
  const limit = new BigUint64Array(2);
  check(libc.getrlimit(RLIMIT_NOFILE, limit), () => "read the open file limit");
  return { soft: Number(limit[0]), hard: Number(limit[1]) };
}

/** Raises the soft limit of open files to the hard one and returns it; never fails the caller over it. */
export function raiseOpenFileLimit(): number {
  const { soft, hard } = openFileLimit();
  if (soft >= hard) return soft;
  const result = libc.setrlimit(RLIMIT_NOFILE, new BigUint64Array([BigInt(hard), BigInt(hard)]));
  return result === -1 ? soft : hard;
}
