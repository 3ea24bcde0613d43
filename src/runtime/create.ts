import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { codeOf, internal } from "../core/index.ts";
import { signalProcess } from "../kernel/index.ts";
import { makingCommandLine, type RuntimeProgram } from "./adapter.ts";
import { readBundleConfig } from "./bundle-config.ts";
import { bundleFiles } from "./bundle-files.ts";
import { removeEmptyCgroups } from "./cgroup.ts";
import { createError } from "./errors.ts";
import { failureText, type MonitorSetup, type StartedMonitor, startMonitor } from "./monitor-process.ts";
import { isRunning } from "./process-status.ts";
import { readPid } from "./read-pid.ts";
import type { CreateOptions } from "./types.ts";

const PATIENCE_MS = 120_000;
const SIGKILL = 9;

/** How conmon treats the container's input. A terminal has no end of file, so there it is always kept. */
function inputOf({ tty, stdin, stdinOnce }: CreateOptions): "none" | "once" | "kept" {
  if (!stdin) return "none";
  return stdinOnce && !tty ? "once" : "kept";
}

/**
 * Starts conmon, which has the runtime create the container, and waits for its word. The monitor is left open: its
 * silence tells that it has ended.
 * @throws invalid or internal with Docker's wording when the runtime refuses; nothing is left then
 */
export async function createMonitored(
  setup: MonitorSetup,
  program: RuntimeProgram,
  options: CreateOptions,
): Promise<{ pid: number; monitorPid: number; monitor: StartedMonitor }> {
  const { id, bundle, logPath, tty } = options;
  forgetLastRun(setup, id, bundle);
  mkdirSync(dirname(logPath), { recursive: true });
  const input = inputOf(options);
  if (input === "once") writeFileSync(join(bundle, bundleFiles.stdinOnce), "");
  const { exitDirectory } = setup;
  const log = `k8s-file:${logPath}`;
  const monitor = startMonitor(
    setup,
    makingCommandLine(program, readBundleConfig(bundle), join(bundle, bundleFiles.runtimeLog)),
    { containerId: id, directory: bundle, exitDirectory, log, tty, input },
    false,
  );
  // A runtime that hangs: it and conmon are one process group.
  const timer = setTimeout(() => killGroup(readPid(join(bundle, bundleFiles.monitorPid))), PATIENCE_MS);
  const [word] = await Promise.all([monitor.next(), monitor.detached]);
  clearTimeout(timer);
  const monitorPid = readPid(join(bundle, bundleFiles.monitorPid));
  if (word && word.data > 0 && monitorPid) return { pid: word.data, monitorPid, monitor };
  monitor.close();
  const text = failureText(bundle, word);
  await monitorGone(monitorPid);
  forgetLastRun(setup, id, bundle);
  removeEmptyLog(logPath);
  const config = readBundleConfig(bundle);
  removeEmptyCgroups(config.linux.cgroupsPath);
  throw createError(text, config.process.args[0] ?? "");
}

function killGroup(leader: number | undefined): void {
  if (leader !== undefined) signalProcess(-leader, SIGKILL);
}

/** After a refused create conmon still has files to write; none may appear after they were removed. */
async function monitorGone(pid: number | undefined): Promise<void> {
  for (let turn = 0; pid !== undefined && isRunning(pid); turn++) {
    if (turn === 1000) throw internal(`conmon (process ${pid}) does not end after a failed create`);
    if (turn === 500) killGroup(pid);
    await Bun.sleep(2);
  }
}

/** Removes what an earlier run in this bundle has left. */
function forgetLastRun(setup: MonitorSetup, id: string, bundle: string): void {
  rmSync(join(setup.exitDirectory, id), { force: true });
  for (const [what, name] of Object.entries(bundleFiles)) {
    if (what !== "config") rmSync(join(bundle, name), { force: true });
  }
}

function removeEmptyLog(path: string): void {
  try {
    if (statSync(path).size === 0) rmSync(path);
  } catch (error) {
    if (codeOf(error) !== "ENOENT") throw error;
  }
}
