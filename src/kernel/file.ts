import { closeSync, constants, readlinkSync } from "node:fs";
import { notFound } from "../core/index.ts";
import { ENODATA, ENOENT, ENOTDIR, errnoName, KernelError } from "./errno.ts";
import { check, cstring, errno, libc, type Path, show, systemCall } from "./ffi.ts";

export function lsetxattr(path: Path, name: Path, value: Uint8Array): void {
  const result = libc.lsetxattr(
    cstring(path),
    cstring(name),
    value.byteLength ? value : null,
    value.byteLength,
    0,
  );
  check(result, () => `set ${show(name)} on ${show(path)}`);
}

/** Value of an extended attribute, or undefined where there is none. Links are not followed. */
export function lgetxattr(path: Path, name: string): Uint8Array | undefined {
  const value = new Uint8Array(65536);
  const size = Number(libc.lgetxattr(cstring(path), cstring(name), value, value.byteLength));
  if (size >= 0) return value.slice(0, size);
  const number = errno();
  if (number === ENODATA || errnoName(number) === "EOPNOTSUPP") return undefined;
  throw new KernelError(`get ${name} of ${show(path)}`, number);
}

/** Names of a file's extended attributes. Links are not followed. */
export function llistxattr(path: Path): string[] {
  const names = new Uint8Array(65536);
  const size = Number(libc.llistxattr(cstring(path), names, names.byteLength));
  if (size < 0) {
    const number = errno();
    if (errnoName(number) === "EOPNOTSUPP") return [];
    throw new KernelError(`list attributes of ${show(path)}`, number);
  }
  return Buffer.from(names.subarray(0, size)).toString().split("\0").filter(Boolean);
}

export function lremovexattr(path: Path, name: string): void {
  check(libc.lremovexattr(cstring(path), cstring(name)), () => `remove ${name} from ${show(path)}`);
}

/** Linux's dev_t of a device number pair (glibc's gnu_dev_makedev). */
export function makedev(major: number, minor: number): number {
  return (
    ((minor & 0xff) | ((major & 0xfff) << 8)) + (minor & 0xfff00) * 4096 + (major & 0xfffff000) * 2 ** 32
  );
}

/** mknod(2): `mode` holds type and permissions, the latter subject to the umask. */
export function mknod(path: Path, mode: number, device: number): void {
  check(libc.mknod(cstring(path), mode, device), () => `mknod ${show(path)}`);
}

const AT_FDCWD = -100;
const AT_SYMLINK_NOFOLLOW = 0x100;

/** Sets access and modification time, to the nanosecond, of the entry itself (links are not followed). */
export function lutimes(path: Path, mtimeNanos: bigint): void {
  const billion = 1_000_000_000n;
  const nanos = ((mtimeNanos % billion) + billion) % billion;
  const seconds = (mtimeNanos - nanos) / billion;
  const times = new BigInt64Array([seconds, nanos, seconds, nanos]);
  const result = libc.utimensat(AT_FDCWD, cstring(path), times, AT_SYMLINK_NOFOLLOW);
  check(result, () => `set times of ${show(path)}`);
}

const SYS_OPENAT2 = 437;
const RESOLVE_NO_MAGICLINKS = 0x02;
const RESOLVE_IN_ROOT = 0x10;

/**
 * openat2(2) with RESOLVE_IN_ROOT: `path` is looked up as if `root` were `/`, so neither `..` nor a symbolic link
 * can lead outside. `root` itself is trusted. Returns a file descriptor (close-on-exec).
 * @throws KernelError
 */
export function openInRoot(root: string, path: Path, flags: number, mode = 0): number {
  const directory = openDirectory(root);
  const name = cstring(path);
  try {
    const how = new BigUint64Array([
      BigInt((flags | 0o2000000) >>> 0),
      BigInt(mode),
      BigInt(RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS),
    ]);
    const result = systemCall(SYS_OPENAT2, directory, name, how, how.byteLength);
    return check(result, () => `open ${show(path)} in ${root}`);
  } finally {
    closeSync(directory);
  }
}

function openDirectory(path: string): number {
  const name = cstring(path);
  const how = new BigUint64Array([BigInt(constants.O_DIRECTORY | 0o10000000 | 0o2000000), 0n, 0n]);
  const result = systemCall(SYS_OPENAT2, AT_FDCWD, name, how, how.byteLength);
  return check(result, () => `open directory ${path}`);
}

const O_PATH = 0o10000000;

/**
 * The host's path of an existing entry below `root`, symbolic links followed inside `root` only.
 * The answer may be outdated by the time it is used: where the tree's owner can race, use `openInRoot`.
 * @throws notFound
 */
export function resolveInRoot(root: string, path: string): string {
  let fd: number;
  try {
    fd = openInRoot(root, path, O_PATH);
  } catch (error) {
    if (error instanceof KernelError && (error.errno === ENOENT || error.errno === ENOTDIR)) {
      throw notFound(`${path}: no such file or directory`, error);
    }
    throw error;
  }
  try {
    return readlinkSync(`/proc/self/fd/${fd}`);
  } finally {
    closeSync(fd);
  }
}
