import type { OciProcess, OciRuntimeSpec } from "../spec/index.ts";

export interface OutputFrame {
  readonly stream: "stdout" | "stderr";
  readonly data: Uint8Array;
}

/** A live connection to the standard streams of a container or an exec. */
export interface Attachment {
  readonly tty: boolean;
  /** Output from now on, until the process closes it or `close` is called. One consumer. Reading slowly holds the writer back. */
  readonly output: AsyncIterable<OutputFrame>;
  /** Resolves when the bytes are handed on. After the process is gone it resolves and drops them. */
  write(data: Uint8Array): Promise<void>;
  /** End of input: the process sees EOF (a terminal does not). */
  closeInput(): void;
  /** Detaches; the process goes on. */
  close(): void;
}

export interface CreateOptions {
  readonly id: string;
  /** Directory with the `config.json` of `writeBundle`; runtime files (pid, attach socket, control fifo) go here. */
  readonly bundle: string;
  readonly tty: boolean;
  /** Keep standard input open for attachers; without it the process reads EOF. */
  readonly stdin: boolean;
  /** Close the process's input when an attacher ends its own (otherwise it stays open for the next one). */
  readonly stdinOnce: boolean;
  /** conmon's k8s-file log. */
  readonly logPath: string;
  /** Runtime name (`runc`, `crun`) or path; the engine's default when absent. */
  readonly runtime?: string;
}

export interface ExitStatus {
  readonly id: string;
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** Nanoseconds since the epoch. */
  readonly at: bigint;
}

export interface ExecOptions {
  readonly id: string;
  readonly containerId: string;
  readonly bundle: string;
  readonly process: OciProcess;
  readonly tty: boolean;
  readonly stdin: boolean;
  /** Discard output instead of holding it for a reader. */
  readonly detach: boolean;
  readonly consoleSize?: { height: number; width: number };
  readonly runtime?: string;
}

export interface ExecSession {
  readonly attachment: Attachment;
  /** Pid on the host once known; 0 until then. */
  readonly pid: number;
  /** Resolves with the exit code; 126/127 with `error` set when the command could not be started. */
  readonly exited: Promise<{ exitCode: number; error?: string }>;
  resize(height: number, width: number): void;
}

/**
 * Containers by an OCI runtime under a conmon monitor. conmon and the container outlive this process; everything
 * here can be asked again by a new daemon, which finds the files of a container in its bundle directory.
 */
export interface Runtime {
  /**
   * Writes the `config.json` of a bundle, before `create` or `runOnce` with the same runtime. The bundle's directory is
   * the caller's. @throws invalid for annotations that are orders to a runtime, and for an impossible seccomp profile
   */
  writeBundle(bundle: string, spec: OciRuntimeSpec, runtime?: string): void;
  /**
   * conmon + `runtime create`: afterwards the container's first process exists and waits. Errors carry Docker's
   * wording ("... executable file not found in $PATH: unknown"), and nothing is left behind.
   */
  create(options: CreateOptions): Promise<{ pid: number; monitorPid: number }>;
  /** Lets the waiting process run: by the exec fifo, else by the runtime's `start`. */
  start(id: string, bundle: string, runtime?: string): Promise<void>;
  /** Attach to the standard streams. Do it between `create` and `start` to miss nothing. */
  attach(id: string, bundle: string, options: { tty: boolean; stdin: boolean }): Promise<Attachment>;
  resize(id: string, bundle: string, height: number, width: number): Promise<void>;
  /** Sends a signal to the first process (pidfd; no race with pid reuse). Missing process is fine. */
  kill(id: string, pid: number, signal: number): void;
  /** SIGKILL to everything in the container's cgroup. */
  killAll(id: string, bundle: string, runtime?: string): Promise<void>;
  pause(id: string, runtime?: string): Promise<void>;
  resume(id: string, runtime?: string): Promise<void>;
  /**
   * Runs a command in the container. Resolves when attached to it; with `detach` when it runs, and then
   * @throws invalid or internal, in Docker's words, when it cannot be started (else `exited` tells)
   */
  exec(options: ExecOptions): Promise<ExecSession>;
  /** Pids of all processes in the container. */
  pids(id: string, bundle: string, runtime?: string): Promise<number[]>;
  /** Removes the runtime's own state and cgroup of a stopped container. Off the reply path. Missing is fine. */
  delete(id: string, runtime?: string): Promise<void>;
  /**
   * Calls `handler` once when the container has exited, soon when it already has; also after a daemon restart. Where the
   * monitor is gone without a word, what is left of the container is killed and 137 reported, or 255 when nothing was.
   */
  watchExit(
    id: string,
    bundle: string,
    monitorPid: number,
    handler: (status: ExitStatus) => void,
  ): { cancel(): void };
  /**
   * Runs a bundle to its end with pipes and no monitor (a build's RUN): output frames go to `onOutput`.
   * Abort kills it. Resolves with the exit code; nothing of the container is left then.
   * @throws invalid or internal, in Docker's words, when it cannot be started; unavailable when aborted
   */
  runOnce(options: {
    id: string;
    bundle: string;
    onOutput: (frame: OutputFrame) => void;
    signal?: AbortSignal;
    runtime?: string;
  }): Promise<number>;
  /** Names and paths of the runtimes found, the default's name, and the one for `runOnce` where none is asked for. */
  describe(): { default: string; forRuns: string; runtimes: Record<string, { path: string }> };
  close(): void;
}
