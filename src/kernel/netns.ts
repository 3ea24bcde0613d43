import { closeSync, openSync, rmSync, writeFileSync } from "node:fs";
import { check, libc } from "./ffi.ts";
import { MS, mount, umount } from "./mount.ts";

const CLONE_NEWNET = 0x40000000;
const THREAD_NETNS = "/proc/thread-self/ns/net";

/**
 * Runs `work` with this thread in another network namespace. It must be synchronous: between the two switches
 * nothing else of the engine may run on this thread.
 */
function away<T>(enter: () => void, work: () => T): T {
  const home = openSync(THREAD_NETNS, "r");
  try {
    enter();
    try {
      return work();
    } finally {
      check(libc.setns(home, CLONE_NEWNET), () => "return to the host's network namespace");
    }
  } finally {
    closeSync(home);
  }
}

/** Makes a new network namespace and pins it at `pinPath`, a file that must not exist. @throws KernelError */
export function createNetns(pinPath: string): void {
  writeFileSync(pinPath, "", { flag: "wx", mode: 0o444 });
  try {
    away(
      () => check(libc.unshare(CLONE_NEWNET), () => "unshare network namespace"),
      () => mount(THREAD_NETNS, pinPath, "", MS.BIND, ""),
    );
  } catch (error) {
    rmSync(pinPath, { force: true });
    throw error;
  }
}

/** Unpins; the kernel takes the namespace down later, when nothing uses it any more. Missing is fine. */
export function removeNetns(pinPath: string): void {
  umount(pinPath);
  rmSync(pinPath, { force: true });
}

/** Runs synchronous `work` inside the namespace pinned at `pinPath`. */
export function inNetns<T>(pinPath: string, work: () => T): T {
  const target = openSync(pinPath, "r");
  try {
    return away(
      () => check(libc.setns(target, CLONE_NEWNET), () => `enter network namespace ${pinPath}`),
      work,
    );
  } finally {
    closeSync(target);
  }
}
