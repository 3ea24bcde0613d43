import { closeSync, openSync } from "node:fs";
import { basename, dirname } from "node:path";
import { KernelError } from "./errno.ts";
import { check, errno, libc } from "./ffi.ts";

const AF_UNIX = 1;
const SOCK_SEQPACKET = 5;
const SOCK_CLOEXEC = 0o2000000;
const SOCK_NONBLOCK = 0o4000;
const SUN_PATH = 108;

function address(path: string): Uint8Array {
  const bytes = Buffer.from(path);
  const out = Buffer.alloc(2 + bytes.byteLength + 1);
  out.writeUInt16LE(AF_UNIX, 0);
  bytes.copy(out, 2);
  return out;
}

/**
 * Connects a SEQPACKET unix socket and returns its descriptor (non-blocking, close-on-exec).
 * A path too long for `sun_path` is reached through its directory's descriptor. @throws KernelError
 */
export function connectSeqpacket(path: string): number {
  const fd = check(
    libc.socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0),
    () => "open unix socket",
  );
  const long = Buffer.byteLength(path) >= SUN_PATH;
  const directory = long ? openSync(dirname(path), "r") : -1;
  try {
    const to = address(long ? `/proc/self/fd/${directory}/${basename(path)}` : path);
    if (libc.connect(fd, to, to.byteLength) === -1) throw new KernelError(`connect to ${path}`, errno());
    return fd;
  } catch (error) {
    closeFd(fd);
    throw error;
  } finally {
    if (long) closeSync(directory);
  }
}

const SHUT_WR = 1;

/** Half-closes: the peer reads end of file, its answers still arrive. */
export function shutdownWrite(fd: number): void {
  check(libc.shutdown(fd, SHUT_WR), () => "shut down socket for writing");
}

export function closeFd(fd: number): void {
  libc.close(fd);
}
