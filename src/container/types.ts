import type { Digest } from "../core/index.ts";
import type { LogReadOptions, LogRecord } from "../log/index.ts";
import type { Attachment } from "../runtime/index.ts";
import type { Change } from "../snapshot/index.ts";
import type {
  ContainerConfig,
  ContainerCreateBody,
  ContainerCreateReply,
  ContainerInspect,
  ContainerSummary,
  ExecCreateBody,
  ExecInspect,
  TopReply,
  WaitReply,
} from "../spec/index.ts";

export type WaitCondition = "not-running" | "next-exit" | "removed";

export interface ContainerListOptions {
  all?: boolean;
  limit?: number;
  size?: boolean;
  /** Keys as in the API: ancestor before since exited health id name label status volume network publish expose ... */
  filters?: ReadonlyMap<string, readonly string[]>;
}

export interface CommitOptions {
  /** Name for the image. */
  reference?: string;
  author?: string;
  comment?: string;
  /** Freeze it while its files are read. */
  pause: boolean;
  /** Dockerfile lines: CMD, ENV, LABEL and the like. */
  changes?: readonly string[];
  /** Stands over the container's own configuration. */
  config?: Partial<ContainerConfig>;
}

/**
 * The life of containers. Every method takes a name, an id or a unique id prefix and
 * throws notFound `No such container: x` where there is none.
 */
export interface Containers {
  /** @throws notFound `No such image: x:latest` (clients then pull); conflict when the name is taken; invalid */
  create(
    body: ContainerCreateBody,
    options: { name?: string; platform?: string },
  ): Promise<ContainerCreateReply>;
  list(options?: ContainerListOptions): Promise<ContainerSummary[]>;
  inspect(name: string, options?: { size?: boolean }): Promise<ContainerInspect>;
  /** False when it already runs (HTTP 304). */
  start(name: string): Promise<boolean>;
  /** False when it does not run (304). `timeout` in seconds: -1 waits for ever, 0 kills at once. */
  stop(name: string, options?: { signal?: string; timeout?: number }): Promise<boolean>;
  restart(name: string, options?: { signal?: string; timeout?: number }): Promise<void>;
  /** @throws conflict when it does not run */
  kill(name: string, signal?: string): Promise<void>;
  pause(name: string): Promise<void>;
  unpause(name: string): Promise<void>;
  rename(name: string, to: string): Promise<void>;
  remove(name: string, options?: { force?: boolean; volumes?: boolean; link?: boolean }): Promise<void>;
  /** Registered before it returns; `result` resolves when the condition holds, rejects when `signal` aborts. */
  wait(name: string, condition: WaitCondition, signal?: AbortSignal): { result: Promise<WaitReply> };
  /**
   * Works before the start too: output then begins with the container's first byte. With `logs`, what was written
   * before comes first; without `stream` it ends after that.
   */
  attach(
    name: string,
    options: { stdin: boolean; stdout: boolean; stderr: boolean; logs: boolean; stream: boolean },
  ): Promise<Attachment>;
  logs(
    name: string,
    options: Omit<LogReadOptions, "follow"> & { follow?: boolean; signal?: AbortSignal },
  ): Promise<{ tty: boolean; records: AsyncIterable<LogRecord> }>;
  resize(name: string, height: number, width: number): Promise<void>;
  /** What differs from the image, by path, as `docker diff` shows it. */
  changes(name: string): Promise<Change[]>;
  /** The whole filesystem as a tar. */
  export(name: string): Promise<AsyncIterable<Uint8Array>>;
  /**
   * What was written becomes a layer over the container's image, and both a new image, whose id is the answer. Volumes
   * are not in it. @throws invalid (changes, reference); conflict while it is being removed
   */
  commit(name: string, options: CommitOptions): Promise<Digest>;
  /** Removes stopped containers. Filters: label, label!, until. @throws conflict while another prune runs */
  prune(filters?: ReadonlyMap<string, readonly string[]>): Promise<{ deleted: string[]; reclaimed: number }>;
  top(name: string, psArgs?: string): Promise<TopReply>;
  execCreate(name: string, body: ExecCreateBody): Promise<{ Id: string }>;
  /** Null when detached. @throws notFound, conflict (already started, container stopped) */
  execStart(
    execId: string,
    options: { detach: boolean; tty: boolean; consoleSize?: [number, number] | null },
  ): Promise<Attachment | null>;
  execInspect(execId: string): ExecInspect;
  execResize(execId: string, height: number, width: number): Promise<void>;
}
