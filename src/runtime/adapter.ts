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
  /** Words through which it is called to make a container: a program that prepares something and becomes the runtime. */
  readonly launcher?: readonly string[];
  /** The same for containers that share mounts with the host. */
  readonly sharingLauncher?: readonly string[];
  /** Its `--root`: the state of all its containers. */
  readonly root: string;
  readonly kind: RuntimeKind;
}

export type CommandLine = [program: string, ...rest: string[]];

/** What every command of a runtime begins with; errors go to `logFile` as JSON lines when given. */
export function commandLine({ path, root }: RuntimeProgram, logFile?: string): CommandLine {
  const log = logFile === undefined ? [] : ["--log", logFile, "--log-format", "json"];
  return [path, "--root", root, ...log];
}

/** What the commands that make this container begin with. */
export function makingCommandLine(
  program: RuntimeProgram,
  { linux }: Pick<OciRuntimeSpec, "linux">,
  logFile?: string,
): CommandLine {
  const shares = linux.rootfsPropagation?.endsWith("shared") ?? false;
  const launcher = (shares && program.sharingLauncher) || program.launcher || [];
  return [...launcher, ...commandLine(program, logFile)] as unknown as CommandLine;
}

/** A runtime of which only the specified command line is known. */
export const generic: RuntimeKind = {
  kind: "generic",
  execPassesStreams: false,
  readState: () => undefined,
  release: async () => false,
};
