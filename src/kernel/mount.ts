import { readFileSync } from "node:fs";
import { EINVAL, ENOENT, KernelError } from "./errno.ts";
import { check, cstring, libc } from "./ffi.ts";

/** Flags of mount(2). */
export const MS = {
  RDONLY: 1,
  NOSUID: 2,
  NODEV: 4,
  NOEXEC: 8,
  REMOUNT: 32,
  BIND: 4096,
  REC: 16384,
  PRIVATE: 1 << 18,
  SLAVE: 1 << 19,
  SHARED: 1 << 20,
} as const;

/** umount2(2): detach now, clean up when the last user is gone. */
export const MNT_DETACH = 2;

/** mount(2). @throws KernelError */
export function mount(source: string, target: string, type: string, flags: number, data: string): void {
  const result = libc.mount(
    cstring(source),
    cstring(target),
    type === "" ? null : cstring(type),
    flags,
    data === "" ? null : cstring(data),
  );
  check(result, () => `mount ${type || "bind"} on ${target}`);
}

/** umount2(2); what is not mounted (or not there) is fine. @throws KernelError */
export function umount(target: string, flags: number = MNT_DETACH): void {
  try {
    check(libc.umount2(cstring(target), flags), () => `umount ${target}`);
  } catch (error) {
    if (error instanceof KernelError && (error.errno === EINVAL || error.errno === ENOENT)) return;
    throw error;
  }
}

/** Every mount point of this process's mount namespace, in mount order. */
export function mountPoints(): string[] {
  // proc(5): the fifth field, with blanks and backslashes as octal escapes.
  return readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter(Boolean)
    .map((line) =>
      (line.split(" ")[4] as string).replace(/\\([0-7]{3})/g, (_, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      ),
    );
}

export function isMountPoint(path: string): boolean {
  return mountPoints().includes(path);
}
