import type { OciRuntimeSpec } from "../spec/index.ts";

/** What the runtime noted about a container when it created it. */
export interface RuntimeState {
  /** Directories of the container's control groups on the host; any one of them lists all its processes. */
  readonly cgroups: readonly string[];
  /** Start time of the first process in clock ticks since boot (field 22 of /proc/PID/stat); undefined if unknown. */
  readonly startTime?: number;
}

/** What differs between OCI runtimes beyond their common command line. */
export interface RuntimeKind {
  readonly kind: "runc" | "crun" | "generic";
  /** Its `exec` gives the command the very streams it got itself, and ends when the command does. */
  readonly execPassesStreams: boolean;
  /** Reads the state kept in `directory`; undefined when there is none or it cannot be understood. */
  readState(directory: string): RuntimeState | undefined;
  /**
   * Lets the created process run without another child process, by the fifo on which it waits. `isAlive` tells whether
   * there still is a process to let go. False when that is not possible and the runtime's `start` is needed.
   */
  release(directory: string, isAlive: () => boolean): Promise<boolean>;
}

/** A runtime found on this host. */
export interface RuntimeProgram {
  readonly name: string;
  readonly path: string;
  /** Words it is called through: a program that prepares something and then becomes the runtime. */
  readonly launcher?: readonly string[];
  /** The words for making a container that shares mounts with the host. */
  readonly sharingLauncher?: readonly string[];
  /** Its `--root`: the state of all its containers. */
  readonly root: string;
  readonly kind: RuntimeKind;
}

/** What every command of a runtime begins with; errors go to `logFile` as JSON lines when given. */
export function commandLine(program: RuntimeProgram, logFile?: string): [program: string, ...rest: string[]] {
  const [first, ...rest] = [...(program.launcher ?? []), program.path];
  const log = logFile === undefined ? [] : ["--log", logFile, "--log-format", "json"];
  return [first as string, ...rest, "--root", program.root, ...log];
}

/** The runtime as it is to be called for making this container. */
export function forContainer(program: RuntimeProgram, { linux }: OciRuntimeSpec): RuntimeProgram {
  const shares = linux.rootfsPropagation?.endsWith("shared") ?? false;
  return shares && program.sharingLauncher ? { ...program, launcher: program.sharingLauncher } : program;
}

/** A runtime of which only the specified command line is known. */
export const generic: RuntimeKind = {
  kind: "generic",
  execPassesStreams: false,
  readState: () => undefined,
  release: async () => false,
};
