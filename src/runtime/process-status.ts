import { readFileSync } from "node:fs";

export interface ProcessStatus {
  /** State letter of /proc/PID/stat: R S D T Z X ... */
  readonly state: string;
  /** Clock ticks since boot. */
  readonly startTime: number;
}

/** What /proc says of a process; undefined when there is none. See proc_pid_stat(5). */
export function processStatus(pid: number): ProcessStatus | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return undefined;
  }
  // The command's name, in parentheses, may itself hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
  return { state: fields[0] ?? "X", startTime: Number(fields[19]) };
}

/** True while the process executes; a zombie has ended. */
export function isRunning(pid: number): boolean {
  const status = processStatus(pid);
  return status !== undefined && status.state !== "Z" && status.state !== "X";
}

/** True while the monitor of this container runs; process numbers are given out again, so its command line must name it. */
export function monitorRuns(pid: number, containerId: string): boolean {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "latin1").split("\0").includes(containerId);
  } catch {
    return false;
  }
}
