import type { Builder } from "../build/index.ts";
import type { Containers } from "../container/index.ts";
import type { EngineEvent } from "../core/index.ts";
import type { Images } from "../image/index.ts";
import type { Networks } from "../network/index.ts";
import type { SystemInfo, VersionReply } from "../spec/index.ts";
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
  readonly networks: Networks;
  readonly builder: Builder;
  readonly volumes: VolumeAccess;
  version(): VersionReply;
  info(): Promise<SystemInfo>;
  /** Stops serving; containers run on. */
  close(): Promise<void>;
}
