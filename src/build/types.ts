import type { RegistryAuth } from "../registry/index.ts";
import type { ProgressMessage } from "../spec/index.ts";

/** A classic build request (`POST /build`), decoded. */
export interface BuildRequest {
  /** The context as a tar in any of the compressions the engine reads. */
  readonly context: AsyncIterable<Uint8Array>;
  /** Path of the Dockerfile inside the context; default `Dockerfile`. */
  readonly dockerfile?: string;
  readonly tags: readonly string[];
  /** Null means: declared without a value. */
  readonly buildArgs: Readonly<Record<string, string | null>>;
  readonly labels: Readonly<Record<string, string>>;
  readonly target?: string;
  readonly noCache: boolean;
  readonly pull: boolean;
  readonly quiet: boolean;
  readonly platform?: string;
  /** `default`, `bridge`, `none` or `host` for RUN steps. */
  readonly networkMode?: string;
  readonly extraHosts: readonly string[];
  readonly shmSize?: number;
  readonly memory?: number;
  readonly cpuShares?: number;
  readonly cpuQuota?: number;
  readonly cpuPeriod?: number;
  readonly cpusetCpus?: string;
  readonly ulimits?: readonly { Name: string; Soft: number; Hard: number }[];
  /** Who the client is to registries, by the address the credentials are kept under (`X-Registry-Config`). */
  readonly registryAuths?: ReadonlyMap<string, RegistryAuth>;
  /** Aborted when the client goes away: running steps are killed and nothing half-made stays. */
  readonly signal: AbortSignal;
}

export interface Builder {
  /**
   * Builds and tags. Progress in the classic stream's words (`Step 1/5 : ...`, ` ---> abc`, `Successfully built ...`),
   * the image id as `{aux: {ID}}`. Errors before the first step are thrown; later ones too: the caller writes them
   * into the stream.
   */
  build(request: BuildRequest, progress: (message: ProgressMessage) => void): Promise<{ id: string }>;
  /**
   * Drops what is remembered of steps, except what running builds rely on; with `unusedSince` (milliseconds since the
   * epoch) only what nobody used since then. Layers that only it held are removed. `reclaimed` is in bytes.
   */
  prune(options?: { unusedSince?: number }): Promise<{ deleted: string[]; reclaimed: number }>;
}
