import { existsSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { codeOf, internal } from "../core/index.ts";
import { cgroupMode, closeFd, KernelError, pidfdOpen, pidfdSendSignal } from "../kernel/index.ts";
import { isRunning } from "./process-status.ts";

const SIGKILL = 9;

/** All processes in a control group and the groups below it. Empty when the group is gone. */
export function cgroupPids(directory: string): number[] {
  const pids: number[] = [];
  const visit = (path: string): void => {
    let text: string;
    let names: string[];
    try {
      text = readFileSync(join(path, "cgroup.procs"), "latin1");
      names = readdirSync(path, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => entry.name);
    } catch (error) {
      // EOPNOTSUPP: a threaded group of version 2; its processes are listed by the group above.
      if (["ENOENT", "ENODEV", "EOPNOTSUPP"].includes(codeOf(error) ?? "")) return;
      throw error;
    }
    for (const line of text.split("\n")) if (line) pids.push(Number(line));
    for (const name of names) visit(join(path, name));
  };
  visit(directory);
  return pids;
}

/** Any one of a container's groups lists all its processes: the first that exists. */
export function firstCgroup(cgroups: readonly string[]): string | undefined {
  return cgroups.find((directory) => existsSync(join(directory, "cgroup.procs")));
}

/** Kills what is in the group until nothing that runs is left; true when there was something. @throws internal after ten seconds */
export async function killCgroup(cgroups: readonly string[]): Promise<boolean> {
  const directory = firstCgroup(cgroups);
  if (!directory || !cgroupPids(directory).some(isRunning)) return false;
  const atOnce = join(directory, "cgroup.kill");
  const deadline = performance.now() + 10_000;
  for (;;) {
    if (existsSync(atOnce)) writeFileSync(atOnce, "1");
    else killListed(directory);
    for (const cgroup of cgroups) thaw(cgroup);
    const left = cgroupPids(directory).filter(isRunning);
    if (left.length === 0) return true;
    if (performance.now() > deadline)
      throw internal(`processes ${left.join(", ")} do not end after SIGKILL; they hang in the kernel`);
    await Bun.sleep(2);
  }
}

/** A number may be given to another process between reading and killing: the pidfd is opened first, then checked. */
function killListed(directory: string): void {
  const opened = new Map<number, number>();
  try {
    for (const pid of cgroupPids(directory)) {
      try {
        opened.set(pid, pidfdOpen(pid));
      } catch (error) {
        if (!(error instanceof KernelError)) throw error;
      }
    }
    const still = new Set(cgroupPids(directory));
    for (const [pid, fd] of opened) if (still.has(pid)) pidfdSendSignal(fd, SIGKILL);
  } finally {
    for (const fd of opened.values()) closeFd(fd);
  }
}

/** In a version 1 freezer even SIGKILL waits for the thaw. */
function thaw(directory: string): void {
  const file = join(directory, "freezer.state");
  try {
    if (existsSync(file) && readFileSync(file, "latin1").trim() !== "THAWED") writeFileSync(file, "THAWED");
  } catch (error) {
    if (codeOf(error) !== "ENOENT" && codeOf(error) !== "ENODEV") throw error;
  }
}

/** Whether the kernel killed a process of the group for want of memory. */
export function sawOomKill(cgroups: readonly string[]): boolean {
  return cgroups.some((directory) =>
    ["memory.events", "memory.oom_control"].some((file) => {
      try {
        return /^oom_kill [1-9]/m.test(readFileSync(join(directory, file), "latin1"));
      } catch {
        return false;
      }
    }),
  );
}

const TOP = "/sys/fs/cgroup";

/**
 * Removes the groups of a container that was never there, which some runtimes leave behind when they fail half-way.
 * Only groups without processes can be removed; groups above it are left.
 */
export function removeEmptyCgroups(cgroupsPath: string | undefined): void {
  if (!cgroupsPath?.startsWith("/") || cgroupsPath === "/") return;
  const hierarchies =
    cgroupMode() === "unified" ? [TOP] : readdirSync(TOP).map((hierarchy) => join(TOP, hierarchy));
  for (const hierarchy of hierarchies) {
    const directory = join(hierarchy, cgroupsPath);
    try {
      if (existsSync(directory)) rmdirSync(directory);
    } catch (error) {
      if (!["EBUSY", "ENOENT", "ENOTEMPTY"].includes(codeOf(error) ?? "")) throw error;
    }
  }
}
