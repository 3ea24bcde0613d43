import { invalid } from "../../core/index.ts";
import type { HostConfig } from "../../spec/index.ts";
import {
  type DeviceRequest,
  isCdiName,
  parseByteRate,
  parseDevice,
  parseDeviceRule,
  parseGpus,
  parseOperationRate,
  parseWeightDevice,
} from "./devices.ts";
import type { FlagReader } from "./flag-reader.ts";
import { mergeUlimits, parseCpus, parseSwap, parseUlimit } from "./resources.ts";
import { normaliseCapability } from "./security.ts";
import { parseInteger, parseSize } from "./text.ts";

/** Limits and devices. Values that read wrong fail here. @throws FlagError */
export function readResources(flags: FlagReader): Partial<HostConfig> {
  // The kernel has no such limit any more, so the engine takes none; a wrong value is still a mistake.
  flags.one("kernel-memory", parseSize);
  return {
    CgroupParent: flags.text("cgroup-parent"),
    Memory: flags.one("memory", parseSize) ?? 0,
    MemoryReservation: flags.one("memory-reservation", parseSize) ?? 0,
    MemorySwap: flags.one("memory-swap", parseSwap) ?? 0,
    MemorySwappiness: flags.number("memory-swappiness"),
    OomKillDisable: flags.args.boolean("oom-kill-disable"),
    OomScoreAdj: flags.number("oom-score-adj"),
    NanoCpus: flags.one("cpus", parseCpus) ?? 0,
    CpuShares: flags.number("cpu-shares"),
    CpuPeriod: flags.number("cpu-period"),
    CpuQuota: flags.number("cpu-quota"),
    CpuRealtimePeriod: flags.number("cpu-rt-period"),
    CpuRealtimeRuntime: flags.number("cpu-rt-runtime"),
    CpusetCpus: flags.text("cpuset-cpus"),
    CpusetMems: flags.text("cpuset-mems"),
    PidsLimit: flags.number("pids-limit"),
    BlkioWeight: flags.one("blkio-weight", parseWeight) ?? 0,
    BlkioWeightDevice: flags.many("blkio-weight-device", parseWeightDevice),
    BlkioDeviceReadBps: flags.many("device-read-bps", parseByteRate),
    BlkioDeviceWriteBps: flags.many("device-write-bps", parseByteRate),
    BlkioDeviceReadIOps: flags.many("device-read-iops", parseOperationRate),
    BlkioDeviceWriteIOps: flags.many("device-write-iops", parseOperationRate),
    Ulimits: mergeUlimits(flags.many("ulimit", parseUlimit)),
    ShmSize: flags.one("shm-size", parseSize) ?? 0,
    DeviceCgroupRules: listOrNull(flags.many("device-cgroup-rule", parseDeviceRule)),
    DeviceRequests: listOrNull(flags.many("gpus", parseGpus)),
  };
}

/** A weight of 16 bits; the engine judges its range. @throws invalid */
function parseWeight(text: string): number {
  const value = parseInteger(text);
  if (value < 0 || value > 0xffff) {
    throw invalid(`strconv.ParseUint: parsing ${JSON.stringify(text)}: value out of range`);
  }
  return value;
}

/** `--device` values: paths of the host, and names of the Container Device Interface. @throws invalid */
export function readDevices(
  values: readonly string[],
  requests: HostConfig["DeviceRequests"] | undefined,
): Pick<HostConfig, "Devices" | "DeviceRequests"> {
  const names = values.filter(isCdiName);
  const request: DeviceRequest = {
    Driver: "cdi",
    Count: 0,
    DeviceIDs: names,
    Capabilities: null,
    Options: null,
  };
  return {
    Devices: values.filter((value) => !isCdiName(value)).map(parseDevice),
    DeviceRequests: names.length > 0 ? [...(requests ?? []), request] : (requests ?? null),
  };
}

/** @throws invalid for a swappiness that the kernel does not know */
export function checkSwappiness(value: number): void {
  if (value < -1 || value > 100) {
    throw invalid(`invalid value: ${value}. Valid memory swappiness range is 0-100`);
  }
}

export function readCapabilities(flags: FlagReader): Pick<HostConfig, "CapAdd" | "CapDrop"> {
  return {
    CapAdd: listOrNull(capabilities(flags.args.list("cap-add"))),
    CapDrop: listOrNull(capabilities(flags.args.list("cap-drop"))),
  };
}

function capabilities(names: readonly string[]): string[] {
  return [...new Set(names.map(normaliseCapability))].sort();
}

/** The API tells a list that was never given from an empty one. */
export function listOrNull<T>(list: readonly T[]): T[] | null {
  return list.length > 0 ? [...list] : null;
}
