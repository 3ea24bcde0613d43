import type { Digest } from "../core/index.ts";
import type {
  ContainerConfig,
  ContainerStatus,
  EndpointSettings,
  HostConfig,
  MountPoint,
} from "../spec/index.ts";

export interface ContainerState {
  status: ContainerStatus;
  /** Paused by an operation of the engine: one that takes up after it lets the container go on. */
  pausedBriefly?: boolean;
  /** Pid of the first process on the host; 0 when there is none. */
  pid: number;
  /** conmon's pid. */
  monitorPid: number;
  exitCode: number;
  /** Why the last start failed. */
  error: string;
  oomKilled: boolean;
  /** RFC 3339, or Go's zero time. */
  startedAt: string;
  finishedAt: string;
}

/** What is remembered of a container; stored as JSON. */
export interface ContainerRecord {
  readonly id: string;
  name: string;
  readonly created: string;
  readonly imageId: Digest;
  /** Merged from the image and the request, as the container runs. */
  readonly config: ContainerConfig;
  readonly hostConfig: HostConfig;
  /** Endpoint settings asked for, by network name. */
  readonly endpoints: Record<string, Partial<EndpointSettings>>;
  readonly mounts: MountPoint[];
  /** Volumes made for this container alone. */
  readonly anonymousVolumes: string[];
  readonly platform: string;
  state: ContainerState;
  restartCount: number;
  /** Stopped by somebody, so that "unless-stopped" leaves it so. */
  stoppedByUser: boolean;
}
