import { statSync } from "node:fs";
import { invalid } from "../../core/index.ts";
import type { HostConfig, OciResources } from "../../spec/index.ts";

type Limits = Partial<HostConfig>;

function throttle(list: { Path: string; Rate: number }[] | null | undefined) {
  return (list ?? []).map(({ Path, Rate }) => {
    const stat = statSync(Path, { throwIfNoEntry: false });
    if (!stat?.isBlockDevice()) throw invalid(`${Path} is not a block device`);
    return { major: Math.floor(stat.rdev / 256) & 0xfff, minor: stat.rdev & 0xff, rate: Rate };
  });
}

/** Cgroup limits of a container from its HostConfig; `--cpus` becomes quota over a period of 100 ms, as Docker does. */
export function containerResources(limits: Limits): Omit<OciResources, "devices"> {
  const memory = {
    ...(limits.Memory && { limit: limits.Memory }),
    ...(limits.MemoryReservation && { reservation: limits.MemoryReservation }),
    // Docker: without a word about swap a container may swap as much as it may use memory.
    ...(limits.MemorySwap ? { swap: limits.MemorySwap } : limits.Memory ? { swap: limits.Memory * 2 } : {}),
    ...(limits.MemorySwappiness != null &&
      limits.MemorySwappiness >= 0 && { swappiness: limits.MemorySwappiness }),
    ...(limits.OomKillDisable && { disableOOMKiller: true }),
  };
  const period = limits.CpuPeriod || (limits.NanoCpus ? 100_000 : 0);
  const quota = limits.CpuQuota || (limits.NanoCpus ? Math.round((limits.NanoCpus * 100_000) / 1e9) : 0);
  const cpu = {
    ...(limits.CpuShares && { shares: limits.CpuShares }),
    ...(quota && { quota }),
    ...(period && { period }),
    ...(limits.CpuRealtimePeriod && { realtimePeriod: limits.CpuRealtimePeriod }),
    ...(limits.CpuRealtimeRuntime && { realtimeRuntime: limits.CpuRealtimeRuntime }),
    ...(limits.CpusetCpus && { cpus: limits.CpusetCpus }),
    ...(limits.CpusetMems && { mems: limits.CpusetMems }),
  };
  const blockIO = {
    ...(limits.BlkioWeight && { weight: limits.BlkioWeight }),
    ...(limits.BlkioDeviceReadBps?.length && { throttleReadBpsDevice: throttle(limits.BlkioDeviceReadBps) }),
    ...(limits.BlkioDeviceWriteBps?.length && {
      throttleWriteBpsDevice: throttle(limits.BlkioDeviceWriteBps),
    }),
    ...(limits.BlkioDeviceReadIOps?.length && {
      throttleReadIOPSDevice: throttle(limits.BlkioDeviceReadIOps),
    }),
    ...(limits.BlkioDeviceWriteIOps?.length && {
      throttleWriteIOPSDevice: throttle(limits.BlkioDeviceWriteIOps),
    }),
  };
  return {
    ...(Object.keys(memory).length > 0 && { memory }),
    ...(Object.keys(cpu).length > 0 && { cpu }),
    ...(limits.PidsLimit && limits.PidsLimit > 0 && { pids: { limit: limits.PidsLimit } }),
    ...(Object.keys(blockIO).length > 0 && { blockIO }),
  };
}
