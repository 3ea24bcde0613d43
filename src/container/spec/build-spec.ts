import { readFileSync } from "node:fs";
import type { DeviceMapping, HostConfig, OciMount, OciRuntimeSpec, Ulimit } from "../../spec/index.ts";
import { baseMounts, MASKED_PATHS, READONLY_PATHS } from "./base-mounts.ts";
import { capabilitiesOfMask, containerCapabilities } from "./capabilities.ts";
import {
  DEFAULT_DEVICE_RULES,
  EVERY_DEVICE,
  hostDevices,
  parseDeviceRule,
  requestedDevices,
} from "./devices.ts";
import { containerResources } from "./resources.ts";
import { defaultSeccomp } from "./seccomp.ts";
import { resolveSeccompProfile } from "./seccomp-profile.ts";
import { kernelHasSeccomp, parseSecurityOptions } from "./security-options.ts";
import type { ResolvedUser } from "./user.ts";

/** A namespace: of its own, the host's, or the one behind a path. */
export type NamespaceChoice = "private" | "host" | { path: string };

export interface SpecInput {
  /** Path of the mounted root filesystem. */
  rootfs: string;
  readonlyRootfs?: boolean;
  args: readonly string[];
  env: readonly string[];
  cwd: string;
  user: ResolvedUser;
  hostname?: string;
  domainname?: string;
  tty?: boolean;
  consoleSize?: { height: number; width: number };
  network: NamespaceChoice;
  ipc?: NamespaceChoice;
  pid?: NamespaceChoice;
  uts?: NamespaceChoice;
  cgroupNamespace?: "private" | "host";
  cgroupsPath: string;
  /** Mounts besides the kernel's own, in the order in which they are to be made. */
  mounts?: readonly OciMount[];
  shmSize?: number;
  capAdd?: readonly string[];
  capDrop?: readonly string[];
  privileged?: boolean;
  securityOpt?: readonly string[];
  devices?: readonly DeviceMapping[];
  deviceRules?: readonly string[];
  ulimits?: readonly Ulimit[];
  sysctls?: Readonly<Record<string, string>>;
  oomScoreAdj?: number;
  annotations?: Readonly<Record<string, string>>;
  maskedPaths?: readonly string[] | null;
  readonlyPaths?: readonly string[] | null;
  limits?: Partial<HostConfig>;
}

export const DEFAULT_SHM_SIZE = 64 << 20;

let own: { capabilities: string[]; seccomp: boolean } | undefined;

/** What this process and kernel can give away; it does not change while the engine runs. */
function ownPowers(): { capabilities: string[]; seccomp: boolean } {
  const mask = () => /^CapBnd:\s*([0-9a-f]+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1] ?? "0";
  own ??= { capabilities: capabilitiesOfMask(mask()), seccomp: kernelHasSeccomp() };
  return own;
}

/** Container sysctls that Docker sets by default in a network namespace of its own. */
const NETWORK_SYSCTLS = {
  "net.ipv4.ip_unprivileged_port_start": "0",
  "net.ipv4.ping_group_range": "0 2147483647",
};

function namespaces(input: SpecInput): OciRuntimeSpec["linux"]["namespaces"] {
  const list: OciRuntimeSpec["linux"]["namespaces"] = [{ type: "mount" }];
  const add = (type: "network" | "uts" | "pid" | "ipc", choice: NamespaceChoice = "private") => {
    if (choice !== "host") list.push({ type, ...(choice !== "private" && { path: choice.path }) });
  };
  add("network", input.network);
  add("uts", input.uts);
  add("pid", input.pid);
  add("ipc", input.ipc);
  if (input.cgroupNamespace === "private") list.push({ type: "cgroup" });
  return list;
}

/** Soft limits above the hard limit that this process itself has cannot be given; they are clamped. */
function rlimits(ulimits: readonly Ulimit[], hardNoFile: number) {
  return ulimits.map(({ Name, Soft, Hard }) => {
    const unlimited = (value: number) => (value < 0 ? Number.MAX_SAFE_INTEGER : value);
    const cap = Name.toLowerCase() === "nofile" ? hardNoFile : Number.MAX_SAFE_INTEGER;
    const hard = Math.min(unlimited(Hard), cap);
    return { type: `RLIMIT_${Name.toUpperCase()}`, soft: Math.min(unlimited(Soft), hard), hard };
  });
}

/** The root's own propagation must let pass what a mount's does: "shared" both ways, "rslave" from the host. */
function rootPropagation(mounts: readonly OciMount[]): string | undefined {
  const any = (...names: string[]) =>
    mounts.some(({ options }) => options?.some((one) => names.includes(one)));
  if (any("shared", "rshared")) return "shared";
  return any("slave", "rslave") ? "rslave" : undefined;
}

/** The OCI runtime specification of a container, with Docker's default security where nothing else is said. */
export function buildSpec(input: SpecInput, openFiles: { hard: number }): OciRuntimeSpec {
  const privileged = input.privileged ?? false;
  const security = parseSecurityOptions(input.securityOpt ?? []);
  const powers = ownPowers();
  const capabilities = containerCapabilities(
    input.capAdd ?? [],
    input.capDrop ?? [],
    privileged,
    powers.capabilities,
  );
  // A process that is not root starts without effective capabilities; it may gain them by set-user-ID programs.
  const effective = input.user.uid === 0 ? capabilities : [];
  const { devices, rules } = requestedDevices(input.devices ?? []);
  const seccomp =
    !powers.seccomp || privileged || security.seccomp === "unconfined"
      ? undefined
      : security.seccomp === "default"
        ? defaultSeccomp(capabilities)
        : resolveSeccompProfile(security.seccomp, capabilities);
  const open = privileged || security.systemPathsUnconfined;
  const ownNetwork = input.network !== "host";
  const propagation = rootPropagation(input.mounts ?? []);
  return {
    ociVersion: "1.0.2",
    process: {
      terminal: input.tty ?? false,
      ...(input.consoleSize && input.consoleSize.height > 0 && { consoleSize: input.consoleSize }),
      user: { uid: input.user.uid, gid: input.user.gid, additionalGids: [...input.user.additionalGids] },
      args: [...input.args],
      env: [...input.env],
      cwd: input.cwd,
      capabilities: {
        bounding: capabilities,
        effective,
        permitted: effective,
        inheritable: [],
        ambient: [],
      },
      rlimits: rlimits(input.ulimits ?? [], openFiles.hard),
      noNewPrivileges: security.noNewPrivileges,
      ...(security.apparmor && security.apparmor !== "unconfined" && { apparmorProfile: security.apparmor }),
      oomScoreAdj: input.oomScoreAdj ?? 0,
    },
    root: { path: input.rootfs, readonly: input.readonlyRootfs ?? false },
    ...(input.uts !== "host" && input.hostname && { hostname: input.hostname }),
    ...(input.uts !== "host" && input.domainname && { domainname: input.domainname }),
    mounts: [
      ...baseMounts({
        privileged,
        shmSize: input.shmSize || DEFAULT_SHM_SIZE,
        ownIpc: (input.ipc ?? "private") === "private",
      }),
      ...(input.mounts ?? []),
    ],
    ...(input.annotations && { annotations: { ...input.annotations } }),
    linux: {
      namespaces: namespaces(input),
      devices: privileged ? hostDevices() : devices,
      cgroupsPath: input.cgroupsPath,
      resources: {
        devices: privileged
          ? [EVERY_DEVICE]
          : [...DEFAULT_DEVICE_RULES, ...rules, ...(input.deviceRules ?? []).map(parseDeviceRule)],
        ...containerResources(input.limits ?? {}),
      },
      ...(propagation && { rootfsPropagation: propagation }),
      ...(seccomp && { seccomp }),
      sysctl: { ...(ownNetwork && NETWORK_SYSCTLS), ...input.sysctls },
      maskedPaths: open ? [] : [...(input.maskedPaths ?? MASKED_PATHS)],
      readonlyPaths: open ? [] : [...(input.readonlyPaths ?? READONLY_PATHS)],
    },
  };
}
