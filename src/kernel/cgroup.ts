import { existsSync } from "node:fs";

/**
 * How this host arranges its control groups: `unified` is pure version 2; `hybrid` has version 1 controllers with
 * a version 2 tree beside them; `legacy` is version 1 alone.
 */
export type CgroupMode = "unified" | "hybrid" | "legacy";

export function cgroupMode(): CgroupMode {
  if (existsSync("/sys/fs/cgroup/cgroup.controllers")) return "unified";
  return existsSync("/sys/fs/cgroup/unified/cgroup.controllers") ? "hybrid" : "legacy";
}
