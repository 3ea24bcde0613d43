import { invalid } from "../core/index.ts";
import type { HostConfig } from "../spec/index.ts";
import { MASKED_PATHS, READONLY_PATHS } from "./spec/base-mounts.ts";
import { DEFAULT_SHM_SIZE } from "./spec/build-spec.ts";

export interface HostDefaults {
  readonly runtime: string;
  readonly cgroupnsMode: "host" | "private";
}

/** Both mean the engine's own log file: what is written into it is nobody else's business. */
const LOG_DRIVERS = ["json-file", "local"];

const NETWORK_MODES = /^(?:default|bridge|host|none|container:.+|[a-zA-Z0-9][a-zA-Z0-9_.-]*)$/;

/** The request's HostConfig with every field that inspect shows filled in. @throws invalid */
export function completeHostConfig(given: Partial<HostConfig>, defaults: HostDefaults): HostConfig {
  const networkMode = !given.NetworkMode || given.NetworkMode === "default" ? "bridge" : given.NetworkMode;
  if (!NETWORK_MODES.test(networkMode)) throw invalid(`invalid network mode: ${networkMode}`);
  const restart = given.RestartPolicy ?? { Name: "no", MaximumRetryCount: 0 };
  const autoRemove = given.AutoRemove ?? false;
  if (autoRemove && restart.Name !== "" && restart.Name !== "no") {
    throw invalid("can't create 'AutoRemove' container with restart policy");
  }
  checkLimits(given);
  const logDriver = given.LogConfig?.Type || "json-file";
  if (!LOG_DRIVERS.includes(logDriver)) {
    throw invalid(
      `logger: no log driver named '${logDriver}' is registered: use ${LOG_DRIVERS.join(" or ")}`,
    );
  }
  const privileged = given.Privileged ?? false;
  return {
    Binds: given.Binds ?? null,
    ContainerIDFile: given.ContainerIDFile ?? "",
    LogConfig: {
      Type: logDriver,
      Config: given.LogConfig?.Config ?? {},
    },
    NetworkMode: networkMode,
    PortBindings: given.PortBindings ?? {},
    RestartPolicy: { Name: restart.Name || "no", MaximumRetryCount: restart.MaximumRetryCount ?? 0 },
    AutoRemove: autoRemove,
    VolumeDriver: given.VolumeDriver ?? "",
    VolumesFrom: given.VolumesFrom ?? null,
    ConsoleSize: given.ConsoleSize ?? [0, 0],
    ...(given.Annotations && { Annotations: given.Annotations }),
    CapAdd: given.CapAdd ?? null,
    CapDrop: given.CapDrop ?? null,
    CgroupnsMode: given.CgroupnsMode || (privileged ? "host" : defaults.cgroupnsMode),
    Dns: given.Dns ?? [],
    DnsOptions: given.DnsOptions ?? [],
    DnsSearch: given.DnsSearch ?? [],
    ExtraHosts: given.ExtraHosts ?? null,
    GroupAdd: given.GroupAdd ?? null,
    IpcMode: given.IpcMode || "private",
    Cgroup: given.Cgroup ?? "",
    Links: given.Links ?? null,
    OomScoreAdj: given.OomScoreAdj ?? 0,
    PidMode: given.PidMode ?? "",
    Privileged: privileged,
    PublishAllPorts: given.PublishAllPorts ?? false,
    ReadonlyRootfs: given.ReadonlyRootfs ?? false,
    SecurityOpt: given.SecurityOpt ?? null,
    ...(given.StorageOpt && { StorageOpt: given.StorageOpt }),
    ...(given.Tmpfs && Object.keys(given.Tmpfs).length > 0 && { Tmpfs: given.Tmpfs }),
    UTSMode: given.UTSMode ?? "",
    UsernsMode: given.UsernsMode ?? "",
    ShmSize: given.ShmSize || DEFAULT_SHM_SIZE,
    ...(given.Sysctls && { Sysctls: given.Sysctls }),
    Runtime: given.Runtime || defaults.runtime,
    Isolation: given.Isolation ?? "",
    CpuShares: given.CpuShares ?? 0,
    Memory: given.Memory ?? 0,
    NanoCpus: given.NanoCpus ?? 0,
    CgroupParent: given.CgroupParent ?? "",
    BlkioWeight: given.BlkioWeight ?? 0,
    BlkioWeightDevice: given.BlkioWeightDevice ?? [],
    BlkioDeviceReadBps: given.BlkioDeviceReadBps ?? [],
    BlkioDeviceWriteBps: given.BlkioDeviceWriteBps ?? [],
    BlkioDeviceReadIOps: given.BlkioDeviceReadIOps ?? [],
    BlkioDeviceWriteIOps: given.BlkioDeviceWriteIOps ?? [],
    CpuPeriod: given.CpuPeriod ?? 0,
    CpuQuota: given.CpuQuota ?? 0,
    CpuRealtimePeriod: given.CpuRealtimePeriod ?? 0,
    CpuRealtimeRuntime: given.CpuRealtimeRuntime ?? 0,
    CpusetCpus: given.CpusetCpus ?? "",
    CpusetMems: given.CpusetMems ?? "",
    Devices: given.Devices ?? [],
    DeviceCgroupRules: given.DeviceCgroupRules ?? null,
    DeviceRequests: given.DeviceRequests ?? null,
    MemoryReservation: given.MemoryReservation ?? 0,
    // What the kernel is told where nothing is said about swap: twice the memory, memory and swap together.
    MemorySwap: given.MemorySwap || (given.Memory ? given.Memory * 2 : 0),
    MemorySwappiness:
      given.MemorySwappiness == null || given.MemorySwappiness < 0 ? null : given.MemorySwappiness,
    OomKillDisable: given.OomKillDisable ?? false,
    PidsLimit: given.PidsLimit && given.PidsLimit > 0 ? given.PidsLimit : null,
    Ulimits: given.Ulimits ?? [],
    CpuCount: given.CpuCount ?? 0,
    CpuPercent: given.CpuPercent ?? 0,
    IOMaximumIOps: given.IOMaximumIOps ?? 0,
    IOMaximumBandwidth: given.IOMaximumBandwidth ?? 0,
    ...(given.Mounts?.length && { Mounts: given.Mounts }),
    MaskedPaths: given.MaskedPaths ?? (privileged ? null : [...MASKED_PATHS]),
    ReadonlyPaths: given.ReadonlyPaths ?? (privileged ? null : [...READONLY_PATHS]),
    ...(given.Init != null && { Init: given.Init }),
  };
}

const MINIMUM_MEMORY = 6 << 20;

function checkLimits(given: Partial<HostConfig>): void {
  const memory = given.Memory ?? 0;
  if (memory !== 0 && memory < MINIMUM_MEMORY) throw invalid("Minimum memory limit allowed is 6MB");
  if (memory > 0 && given.MemorySwap && given.MemorySwap > 0 && given.MemorySwap < memory) {
    throw invalid("Minimum memoryswap limit should be larger than memory limit, see usage");
  }
  if (memory === 0 && given.MemorySwap && given.MemorySwap > 0) {
    throw invalid("You should always set the Memory limit when using Memoryswap limit, see usage");
  }
  if (given.NanoCpus && (given.CpuPeriod || given.CpuQuota)) {
    throw invalid("Conflicting options: Nano CPUs and CPU Period cannot both be set");
  }
  const score = given.OomScoreAdj ?? 0;
  if (score < -1000 || score > 1000) {
    throw invalid(`Invalid value ${score}, range for oom score adj is [-1000, 1000]`);
  }
}
