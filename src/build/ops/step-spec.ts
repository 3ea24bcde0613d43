import { buildSpec, resolveUser } from "../../container/index.ts";
import { cgroupMode } from "../../kernel/index.ts";
import type { OciMount, OciRuntimeSpec } from "../../spec/index.ts";
import type { ExecOp } from "../graph/index.ts";
import type { Rooms } from "./rooms.ts";

export interface StepSpecInput {
  /** Names the container and its cgroup. */
  readonly id: string;
  /** The mounted root filesystem on the host. */
  readonly rootfs: string;
  readonly network: "host" | { path: string };
  /** Besides the kernel's own file systems. */
  readonly mounts: readonly OciMount[];
}

/** The container of a build step, with Docker's default security. @throws invalid for an unknown user */
export function stepSpec(
  { args, env, proxyEnv, cwd, user, hostname, limits }: ExecOp,
  { id, rootfs, network, mounts }: StepSpecInput,
  { cgroupParent, openFiles }: Pick<Rooms, "cgroupParent" | "openFiles">,
): OciRuntimeSpec {
  const { shmSize, ulimits, memory, cpuShares, cpuQuota, cpuPeriod, cpusetCpus } = limits;
  return buildSpec(
    {
      rootfs,
      args,
      // Settings of the Dockerfile win over the client's proxies.
      env: [...proxyEnv.filter((entry) => !env.some((own) => nameOf(own) === nameOf(entry))), ...env],
      cwd,
      user: resolveUser(rootfs, user),
      hostname,
      network,
      cgroupNamespace: cgroupMode() === "unified" ? "private" : "host",
      cgroupsPath: `${cgroupParent}/${id}`,
      mounts,
      ...(shmSize && { shmSize }),
      ...(ulimits && { ulimits }),
      limits: {
        ...(memory && { Memory: memory }),
        ...(cpuShares && { CpuShares: cpuShares }),
        ...(cpuQuota && { CpuQuota: cpuQuota }),
        ...(cpuPeriod && { CpuPeriod: cpuPeriod }),
        ...(cpusetCpus && { CpusetCpus: cpusetCpus }),
      },
    },
    openFiles,
  );
}

function nameOf(entry: string): string {
  return entry.slice(0, entry.indexOf("="));
}
