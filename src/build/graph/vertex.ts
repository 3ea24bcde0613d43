/**
 * A build as a graph of operations, in the vocabulary of BuildKit's LLB (solver/pb/ops.proto): a frontend makes it,
 * a solver carries it out, and neither knows the other.
 */
import type { Digest } from "../../core/index.ts";
import type { Ulimit } from "../../spec/index.ts";

/** Output `index` of another operation. */
export interface Edge {
  readonly vertex: Vertex;
  readonly index: number;
}

export interface Vertex {
  /** Digest of the definition: of `op` and everything below it. The same on every machine. */
  readonly digest: Digest;
  readonly op: VertexOp;
  readonly inputs: readonly Edge[];
}

export type VertexOp = SourceOp | ExecOp | FileOp;

/** Where files come from: `docker-image://REFERENCE@IMAGE-ID` or `local://NAME`. */
export interface SourceOp {
  readonly type: "source";
  readonly identifier: string;
}

/** Index of an input; -1 is the empty filesystem. */
export type InputIndex = number;

export interface ExecMount {
  readonly input: InputIndex;
  /** Path inside the input. */
  readonly selector?: string;
  readonly destination: string;
  readonly readonly: boolean;
  /** -1: what is written there is dropped. */
  readonly output: number;
}

export interface ExtraHost {
  readonly host: string;
  readonly address: string;
}

/** Limits of a step's container. They do not change what it makes, so they are not part of the definition's digest. */
export interface ExecLimits {
  readonly shmSize?: number;
  readonly memory?: number;
  readonly cpuShares?: number;
  readonly cpuQuota?: number;
  readonly cpuPeriod?: number;
  readonly cpusetCpus?: string;
  readonly ulimits?: readonly Ulimit[];
}

export interface ExecOp {
  readonly type: "exec";
  readonly args: readonly string[];
  /** `NAME=value`, later ones win. */
  readonly env: readonly string[];
  readonly cwd: string;
  readonly user: string;
  readonly hostname: string;
  readonly network: "default" | "none" | "host";
  readonly extraHosts: readonly ExtraHost[];
  /** The root filesystem at `/` is the first. */
  readonly mounts: readonly ExecMount[];
  /** Proxy settings of the client: in the environment, but in no digest and no history. */
  readonly proxyEnv: readonly string[];
  readonly limits: ExecLimits;
}

/** A user or group: a number, or a name looked up in the filesystem that the action starts from. */
export type Owner = { readonly id: number } | { readonly name: string };

export interface Chown {
  readonly user: Owner;
  /** Absent: the group of the user. */
  readonly group?: Owner;
}

interface Action {
  /** The filesystem worked on: an input, or `inputs.length + n` for the result of action n, or -1 for empty. */
  readonly input: InputIndex;
  /** Which output of the operation the result is; -1 for none. */
  readonly output: number;
}

export interface CopyAction extends Action {
  readonly type: "copy";
  /** The filesystem copied from. */
  readonly from: InputIndex;
  readonly source: string;
  readonly destination: string;
  readonly chown?: Chown;
  /** Permission bits for everything copied. */
  readonly mode?: number;
  /** A link named as the source stands for what it points to. */
  readonly followSymlinks: boolean;
  /** A directory named as the source stands for its contents. */
  readonly contentsOnly: boolean;
  /** An archive named as the source stands for its contents (ADD). */
  readonly unpack: boolean;
  readonly createDestination: boolean;
  readonly wildcards: boolean;
}

export interface MakeFileAction extends Action {
  readonly type: "mkfile";
  readonly path: string;
  readonly mode: number;
  readonly data: string;
  readonly chown?: Chown;
}

export interface MakeDirectoryAction extends Action {
  readonly type: "mkdir";
  readonly path: string;
  readonly mode: number;
  readonly parents: boolean;
  readonly chown?: Chown;
}

export type FileAction = CopyAction | MakeFileAction | MakeDirectoryAction;

export interface FileOp {
  readonly type: "file";
  readonly actions: readonly FileAction[];
}
