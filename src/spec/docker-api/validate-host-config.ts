import * as v from "valibot";
import type { HostConfig } from "./container.ts";
import { consoleSize, flag, integer, text, textMap, texts } from "./validate-schema.ts";

const whole = v.pipe(v.number(), v.integer());

const portBinding = v.object({
  HostIp: v.optional(v.string(), ""),
  HostPort: v.optional(v.string(), ""),
});

const ulimit = v.object({ Name: v.string(), Soft: v.optional(whole, 0), Hard: v.optional(whole, 0) });
/** Limits of `HostConfig.Ulimits` and of a build's `ulimits`. */
export const ulimits = v.array(ulimit);

const rates = v.optional(v.array(v.object({ Path: v.string(), Rate: whole })));

/** A message that quotes the value in question. */
const unknownValue = (message: (received: string) => string) => (issue: { input: unknown }) =>
  message(String(issue.input).slice(0, 60));

const mount = v.object({
  Type: v.picklist(
    ["bind", "volume", "tmpfs", "image"],
    unknownValue((type) => `invalid mount config for type "${type}": mount type unknown`),
  ),
  Source: text,
  Target: v.optional(v.string(), ""),
  ReadOnly: flag,
  Consistency: text,
  BindOptions: v.optional(
    v.object({
      Propagation: text,
      NonRecursive: flag,
      CreateMountpoint: flag,
      ReadOnlyNonRecursive: flag,
      ReadOnlyForceRecursive: flag,
    }),
  ),
  VolumeOptions: v.optional(
    v.object({
      NoCopy: flag,
      Labels: textMap,
      Subpath: text,
      DriverConfig: v.optional(v.object({ Name: text, Options: textMap })),
    }),
  ),
  TmpfsOptions: v.optional(
    v.object({ SizeBytes: integer, Mode: integer, Options: v.optional(v.array(v.array(v.string()))) }),
  ),
  ImageOptions: v.optional(v.object({ Subpath: text })),
});

const restartPolicy = v.object({
  Name: v.optional(
    v.picklist(
      ["", "no", "always", "on-failure", "unless-stopped"],
      unknownValue(
        (name) =>
          `invalid restart policy: unknown policy '${name}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`,
      ),
    ),
    "",
  ),
  MaximumRetryCount: v.optional(whole, 0),
});

const entries = {
  Binds: texts,
  ContainerIDFile: text,
  LogConfig: v.optional(
    v.object({
      Type: v.optional(v.string(), ""),
      Config: v.optional(v.record(v.string(), v.string()), {}),
    }),
  ),
  NetworkMode: text,
  PortBindings: v.optional(v.record(v.string(), v.nullable(v.array(portBinding)))),
  RestartPolicy: v.optional(restartPolicy),
  AutoRemove: flag,
  VolumeDriver: text,
  VolumesFrom: texts,
  ConsoleSize: consoleSize,
  Annotations: textMap,
  CapAdd: texts,
  CapDrop: texts,
  CgroupnsMode: v.optional(
    v.picklist(
      ["", "host", "private"],
      unknownValue((mode) => `invalid cgroup namespace mode: ${mode}`),
    ),
  ),
  Dns: texts,
  DnsOptions: texts,
  DnsSearch: texts,
  ExtraHosts: texts,
  GroupAdd: texts,
  IpcMode: text,
  Cgroup: text,
  Links: texts,
  OomScoreAdj: integer,
  PidMode: text,
  Privileged: flag,
  PublishAllPorts: flag,
  ReadonlyRootfs: flag,
  SecurityOpt: texts,
  StorageOpt: textMap,
  Tmpfs: textMap,
  UTSMode: text,
  UsernsMode: text,
  ShmSize: integer,
  Sysctls: textMap,
  Runtime: text,
  Isolation: text,
  CpuShares: integer,
  Memory: integer,
  NanoCpus: integer,
  CgroupParent: text,
  BlkioWeight: integer,
  BlkioWeightDevice: v.optional(v.array(v.object({ Path: v.string(), Weight: whole }))),
  BlkioDeviceReadBps: rates,
  BlkioDeviceWriteBps: rates,
  BlkioDeviceReadIOps: rates,
  BlkioDeviceWriteIOps: rates,
  CpuPeriod: integer,
  CpuQuota: integer,
  CpuRealtimePeriod: integer,
  CpuRealtimeRuntime: integer,
  CpusetCpus: text,
  CpusetMems: text,
  Devices: v.optional(
    v.array(
      v.object({
        PathOnHost: v.string(),
        PathInContainer: v.optional(v.string(), ""),
        CgroupPermissions: v.optional(v.string(), ""),
      }),
    ),
  ),
  DeviceCgroupRules: texts,
  DeviceRequests: v.optional(v.array(v.unknown())),
  MemoryReservation: integer,
  MemorySwap: integer,
  MemorySwappiness: integer,
  OomKillDisable: flag,
  PidsLimit: integer,
  Ulimits: v.optional(ulimits),
  CpuCount: integer,
  CpuPercent: integer,
  IOMaximumIOps: integer,
  IOMaximumBandwidth: integer,
  Mounts: v.optional(v.array(mount)),
  MaskedPaths: texts,
  ReadonlyPaths: texts,
  Init: flag,
} satisfies Record<keyof HostConfig, v.GenericSchema>;

export const hostConfig = v.object(entries) satisfies v.GenericSchema<unknown, Partial<HostConfig>>;
