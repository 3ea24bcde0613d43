import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cgroupMode } from "../kernel/index.ts";
import type { OciRuntimeSpec } from "../spec/index.ts";

const HIERARCHY = "/sys/fs/cgroup/blkio";

/**
 * crun up to 1.8 knows one file of version 1 for a container's share of block devices, which kernels since 5.0 no longer
 * have; the BFQ scheduler has another. So it is set in the group beforehand, which crun then takes as it is. Returns what
 * is left for crun to set.
 */
export function setBlockWeight(spec: OciRuntimeSpec): OciRuntimeSpec {
  const { resources, cgroupsPath } = spec.linux;
  const { weight, ...blockIO } = resources?.blockIO ?? {};
  if (weight === undefined || !cgroupsPath?.startsWith("/") || cgroupMode() === "unified") return spec;
  const group = join(HIERARCHY, cgroupsPath);
  mkdirSync(group, { recursive: true });
  const file = join(group, "blkio.bfq.weight");
  if (!existsSync(file)) return spec;
  writeFileSync(file, String(weight));
  return { ...spec, linux: { ...spec.linux, resources: { ...resources, blockIO } } };
}
