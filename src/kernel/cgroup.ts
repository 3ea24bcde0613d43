import { existsSync, readFileSync } from "node:fs";
import { KernelError } from "./errno.ts";
import { MS, mount } from "./mount.ts";

/**
 * How this host arranges its control groups: `unified` is pure version 2; `hybrid` has version 1 controllers with
 * a version 2 tree beside them; `legacy` is version 1 alone.
 */
export type CgroupMode = "unified" | "hybrid" | "legacy";

export function cgroupMode(): CgroupMode {
  if (existsSync("/sys/fs/cgroup/cgroup.controllers")) return "unified";
  return existsSync("/sys/fs/cgroup/unified/cgroup.controllers") ? "hybrid" : "legacy";
}

const FAVOR = "favordynmods";
/** Per-mount options and the mount(2) flags they stand for: a remount must repeat them, or they are lost. */
const MOUNT_FLAGS: Record<string, number> = {
  ro: MS.RDONLY,
  nosuid: MS.NOSUID,
  nodev: MS.NODEV,
  noexec: MS.NOEXEC,
  relatime: 1 << 21,
};

/** The cgroup version 2 tree's mount: its place, per-mount options and super block options (proc_pid_mountinfo(5)). */
function unifiedMount(): { path: string; options: string[]; superOptions: string[] } | undefined {
  for (const line of readFileSync("/proc/self/mountinfo", "utf8").split("\n")) {
    const [mountFields = "", fileSystemFields = ""] = line.split(" - ");
    const [, , , , path, options] = mountFields.split(" ");
    const [type, , superOptions] = fileSystemFields.split(" ");
    if (type !== "cgroup2" || path === undefined || path.includes("\\")) continue;
    return { path, options: (options ?? "").split(","), superOptions: (superOptions ?? "").split(",") };
  }
  return undefined;
}

/**
 * Moving a process into a control group costs 10 ms and more, an RCU grace period, unless the kernel is told to favour
 * such changes (cgroup2's `favordynmods`, Linux 6.0; it holds for all hierarchies of the host, version 1 too, and makes
 * fork and exit a little dearer). Switches that on or off and returns whether anything was changed. Kernels without it
 * and hosts that refuse are left as they are.
 */
export function favorCgroupChanges(on: boolean): boolean {
  const found = unifiedMount();
  if (!found || found.superOptions.includes(FAVOR) === on) return false;
  const kept = found.superOptions.filter((option) => !["rw", "ro", FAVOR].includes(option));
  // A remount without the word switches it off.
  const data = on ? [...kept, FAVOR] : kept;
  const flags = found.options.reduce<number>((sum, option) => sum | (MOUNT_FLAGS[option] ?? 0), MS.REMOUNT);
  try {
    mount("cgroup2", found.path, "cgroup2", flags, data.join(","));
    return true;
  } catch (error) {
    if (error instanceof KernelError) return false;
    throw error;
  }
}
