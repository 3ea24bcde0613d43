import type { Builder } from "../build/index.ts";
import type { Containers } from "../container/index.ts";
import type { EngineEvent } from "../core/index.ts";
import type { Images } from "../image/index.ts";
import type { Networks } from "../network/index.ts";
import type { Registries } from "../registry/index.ts";
import type { CheckReply, DiskUsageReply, SystemInfo, VersionReply } from "../spec/index.ts";
import type { Volumes } from "../volume/index.ts";

/** Options of `berth daemon`, after defaults, configuration file and flags are merged. */
export interface EngineConfig {
  hosts: string[];
  dataRoot: string;
  execRoot: string;
  bridge: string;
  runtime: string;
  pidfile: string;
  /** Tell the kernel to favour changes of control groups while the engine runs, where the runtime needs them. */
  favorDynmods: boolean;
  /** How layers are kept: as a tar with an EROFS index, or unpacked. `auto` is erofs where the kernel mounts it. */
  layerFormat: "auto" | "erofs" | "directory";
  /** Keep only what is needed to run images: compressed blobs are dropped, and pushed images get other digests. */
  lean: boolean;
  /** `host[:port]` or CIDR that may be reached without (valid) TLS. */
  insecureRegistries: string[];
  /** Base URLs asked for Docker Hub's images first. */
  registryMirrors: string[];
  /** Directories of certificates for registries, as Docker's certs.d. */
  registryCertificates: string[];
  logLevel: "debug" | "info" | "warn" | "error";
  logFormat: "text" | "json";
}

export interface EventQuery {
  /** Nanoseconds since the epoch. */
  since?: bigint;
  until?: bigint;
  filters?: ReadonlyMap<string, readonly string[]>;
  signal: AbortSignal;
}

export interface EventLog {
  publish(event: Omit<EngineEvent, "timeNano">): void;
  /** Remembered events since `since`, then new ones until `until` or abort. */
  subscribe(query: EventQuery): AsyncIterable<EngineEvent>;
}

/** Volumes as clients may handle them. */
export interface VolumeAccess extends Pick<Volumes, "get" | "list" | "create"> {
  /** @throws notFound; conflict while a container mounts it */
  remove(name: string): Promise<void>;
}

/** Everything the API needs; made once by `openEngine`. */
export interface Engine {
  readonly config: EngineConfig;
  readonly events: EventLog;
  readonly containers: Containers;
  readonly images: Images;
  readonly registries: Registries;
  readonly networks: Networks;
  readonly builder: Builder;
  readonly volumes: VolumeAccess;
  version(): VersionReply;
  info(): Promise<SystemInfo>;
  /** `docker system df`. */
  diskUsage(): Promise<DiskUsageReply>;
  /** Reads and verifies the whole store; with `repair`, mends what can be mended without losing anything. */
  check(options: { repair: boolean; signal: AbortSignal }): Promise<CheckReply>;
  /** Stops serving; containers run on. */
  close(): Promise<void>;
}
