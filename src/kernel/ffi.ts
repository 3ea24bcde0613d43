import { dlopen, FFIType, ptr, read } from "bun:ffi";
import { KernelError } from "./errno.ts";

/**
 * libc, once for the whole engine. Pointers are passed as typed arrays or null; strings must end in a NUL
 * (see `cstring`). Every function here returns -1 and sets errno on failure.
 */
const SYMBOLS = {
  mount: { args: ["ptr", "ptr", "ptr", "u64", "ptr"], returns: "i32" },
  umount2: { args: ["ptr", "i32"], returns: "i32" },
  unshare: { args: ["i32"], returns: "i32" },
  setns: { args: ["i32", "i32"], returns: "i32" },
  socket: { args: ["i32", "i32", "i32"], returns: "i32" },
  bind: { args: ["i32", "ptr", "u32"], returns: "i32" },
  connect: { args: ["i32", "ptr", "u32"], returns: "i32" },
  listen: { args: ["i32", "i32"], returns: "i32" },
  shutdown: { args: ["i32", "i32"], returns: "i32" },
  send: { args: ["i32", "ptr", "u64", "i32"], returns: FFIType.i64_fast },
  recv: { args: ["i32", "ptr", "u64", "i32"], returns: FFIType.i64_fast },
  setsockopt: { args: ["i32", "i32", "i32", "ptr", "u32"], returns: "i32" },
  memfd_create: { args: ["ptr", "u32"], returns: "i32" },
  pipe2: { args: ["ptr", "i32"], returns: "i32" },
  close: { args: ["i32"], returns: "i32" },
  flock: { args: ["i32", "i32"], returns: "i32" },
  kill: { args: ["i32", "i32"], returns: "i32" },
  lsetxattr: { args: ["ptr", "ptr", "ptr", "u64", "i32"], returns: "i32" },
  lgetxattr: { args: ["ptr", "ptr", "ptr", "u64"], returns: FFIType.i64_fast },
  llistxattr: { args: ["ptr", "ptr", "u64"], returns: FFIType.i64_fast },
  lremovexattr: { args: ["ptr", "ptr"], returns: "i32" },
  mknod: { args: ["ptr", "u32", "u64"], returns: "i32" },
  utimensat: { args: ["i32", "ptr", "ptr", "i32"], returns: "i32" },
  madvise: { args: ["u64", "u64", "i32"], returns: "i32" },
  getrlimit: { args: ["i32", "ptr"], returns: "i32" },
  setrlimit: { args: ["i32", "ptr"], returns: "i32" },
  syscall: { args: ["i64", "i64", "i64", "i64", "i64", "i64"], returns: FFIType.i64_fast },
} as const;

const LIBRARIES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"];

function open(): ReturnType<typeof load> {
  let failure: unknown;
  for (const library of LIBRARIES) {
    try {
      return load(library);
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}

function load(library: string) {
  return dlopen(library, { ...SYMBOLS, __errno_location: { args: [], returns: "ptr" } }).symbols;
}

export const libc = open();

/** The calling thread's errno. Right only straight after a failed call. */
export function errno(): number {
  const location = libc.__errno_location();
  return location === null ? 0 : read.i32(location, 0);
}

/** A path of the kernel: file names are bytes and need not be UTF-8. */
export type Path = string | Uint8Array;

/** NUL-terminated copy for a `char *` argument. */
export function cstring(text: Path): Uint8Array {
  const bytes = typeof text === "string" ? Buffer.from(text) : text;
  const out = new Uint8Array(bytes.byteLength + 1);
  out.set(bytes);
  return out;
}

/** Passes a result on, or throws what the failed call left in errno. `call` is made into text only on failure. */
export function check(result: number | bigint, call: () => string): number {
  const value = Number(result);
  if (value === -1) throw new KernelError(call(), errno());
  return value;
}

/** syscall(2) with up to five arguments; byte arrays are passed by address and must outlive the call. */
export function systemCall(number: number, ...values: (number | Uint8Array | BigUint64Array)[]): number {
  const [a = 0, b = 0, c = 0, d = 0, e = 0] = values.map((v) => (typeof v === "number" ? v : Number(ptr(v))));
  return Number(libc.syscall(number, a, b, c, d, e));
}

export function show(path: Path): string {
  return typeof path === "string" ? path : Buffer.from(path).toString();
}
