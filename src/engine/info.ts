import { COMMIT, hostPlatform, rfc3339Nano, unameMachine, VERSION } from "../core/index.ts";
import { cgroupMode } from "../kernel/index.ts";
import { API_VERSION, MIN_API_VERSION, type SystemInfo, type VersionReply } from "../spec/index.ts";
import { cgroupControllers, hostFacts } from "./host-facts.ts";
import type { EngineConfig } from "./types.ts";

/** `GET /version`. */
export function versionReply(): VersionReply {
  const { architecture } = hostPlatform();
  const { kernel } = hostFacts();
  return {
    Platform: { Name: "Berth" },
    Components: [
      {
        Name: "Engine",
        Version: VERSION,
        Details: {
          ApiVersion: API_VERSION,
          Arch: architecture,
          KernelVersion: kernel,
          MinAPIVersion: MIN_API_VERSION,
          Os: "linux",
        },
      },
    ],
    Version: VERSION,
    ApiVersion: API_VERSION,
    MinAPIVersion: MIN_API_VERSION,
    GitCommit: COMMIT,
    GoVersion: "",
    Os: "linux",
    Arch: architecture,
    KernelVersion: kernel,
    BuildTime: "",
  };
}

export interface InfoSources {
  readonly id: string;
  readonly config: EngineConfig;
  readonly counts: { running: number; paused: number; stopped: number };
  readonly images: number;
  readonly runtimes: { default: string; runtimes: Record<string, { path: string }> };
}

/** `GET /info`. */
export function systemInfo(sources: InfoSources): SystemInfo {
  const { config, counts, runtimes } = sources;
  const facts = hostFacts();
  const controllers = cgroupControllers();
  const unified = cgroupMode() === "unified";
  const env = process.env;
  return {
    ID: sources.id,
    Containers: counts.running + counts.paused + counts.stopped,
    ContainersRunning: counts.running,
    ContainersPaused: counts.paused,
    ContainersStopped: counts.stopped,
    Images: sources.images,
    Driver: "overlay2",
    DriverStatus: [["Supports d_type", "true"]],
    Plugins: {
      Volume: ["local"],
      Network: ["bridge", "host", "null"],
      Authorization: null,
      Log: ["json-file"],
    },
    MemoryLimit: controllers.has("memory"),
    SwapLimit: controllers.has("memory"),
    CpuCfsPeriod: controllers.has("cpu"),
    CpuCfsQuota: controllers.has("cpu"),
    CPUShares: controllers.has("cpu"),
    CPUSet: controllers.has("cpuset"),
    PidsLimit: controllers.has("pids"),
    IPv4Forwarding: facts.forwarding,
    BridgeNfIptables: facts.bridgeNfIptables,
    BridgeNfIp6tables: facts.bridgeNfIp6tables,
    Debug: config.logLevel === "debug",
    NFd: 0,
    OomKillDisable: !unified && controllers.has("memory"),
    NGoroutines: 0,
    SystemTime: rfc3339Nano(),
    LoggingDriver: "json-file",
    CgroupDriver: "cgroupfs",
    CgroupVersion: unified ? "2" : "1",
    NEventsListener: 0,
    KernelVersion: facts.kernel,
    OperatingSystem: facts.os.name,
    OSVersion: facts.os.version,
    OSType: "linux",
    Architecture: unameMachine(hostPlatform().architecture),
    IndexServerAddress: "https://index.docker.io/v1/",
    RegistryConfig: { IndexConfigs: {}, InsecureRegistryCIDRs: [], Mirrors: null },
    NCPU: facts.cpus,
    MemTotal: facts.memory,
    GenericResources: null,
    DockerRootDir: config.dataRoot,
    HttpProxy: env.HTTP_PROXY ?? env.http_proxy ?? "",
    HttpsProxy: env.HTTPS_PROXY ?? env.https_proxy ?? "",
    NoProxy: env.NO_PROXY ?? env.no_proxy ?? "",
    Name: facts.hostname,
    Labels: [],
    ExperimentalBuild: false,
    ServerVersion: VERSION,
    Runtimes: runtimes.runtimes,
    DefaultRuntime: runtimes.default,
    Swarm: {
      NodeID: "",
      NodeAddr: "",
      LocalNodeState: "inactive",
      ControlAvailable: false,
      Error: "",
      RemoteManagers: null,
    },
    LiveRestoreEnabled: true,
    Isolation: "",
    InitBinary: "",
    ContainerdCommit: { ID: "" },
    RuncCommit: { ID: "" },
    InitCommit: { ID: "" },
    SecurityOptions: ["name=seccomp,profile=builtin", ...(unified ? ["name=cgroupns"] : [])],
    CDISpecDirs: null,
    Warnings: facts.forwarding ? null : ["WARNING: IPv4 forwarding is disabled"],
  };
}
