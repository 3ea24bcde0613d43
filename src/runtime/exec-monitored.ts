import { mkdirSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import { codeOf, internal } from "../core/index.ts";
import { closeFd, signalProcess } from "../kernel/index.ts";
import { commandLine, type RuntimeProgram } from "./adapter.ts";
import { attachToMonitor, endedAttachment } from "./attach.ts";
import { bundleFiles } from "./bundle-files.ts";
import { resizeTerminal } from "./control.ts";
import { execErrorText, startFailureCode } from "./errors.ts";
import type { StartedExec } from "./exec.ts";
import {
  failureText,
  type MonitorOptions,
  type MonitorSetup,
  type StartedMonitor,
  startMonitor,
} from "./monitor-process.ts";
import { PipeReader } from "./pipe-reader.ts";
import { readPid } from "./read-pid.ts";
import type { Attachment, ExecOptions } from "./types.ts";

/** The exit code when the monitor was killed before it could tell. */
const NO_MONITOR = 137;
const SIGKILL = 9;

/**
 * An exec with a monitor of its own, for what the runtime's `exec` would put itself in between: a terminal, and, with
 * runc, every stream. There what a command leaves running in the background would keep its exit from being known, and
 * the runtime's process (12 MB with runc) would stay as long as the command. Resolves when attached.
 */
export async function execMonitored(
  setup: MonitorSetup,
  program: RuntimeProgram,
  options: ExecOptions,
): Promise<StartedExec> {
  const { id, bundle, tty, detach, consoleSize } = options;
  const directory = join(bundle, `exec-${id}`);
  mkdirSync(directory, { mode: 0o700 });
  let monitor: StartedMonitor;
  let attachment: Attachment;
  try {
    const size = tty && consoleSize ? { consoleSize } : {};
    const processFile = join(directory, bundleFiles.process);
    writeFileSync(processFile, JSON.stringify({ ...options.process, terminal: tty, ...size }), {
      mode: 0o600,
    });
    const runtime = commandLine(program, join(directory, bundleFiles.runtimeLog));
    monitor = startMonitor(setup, runtime, monitorOptions(options, directory, processFile), !detach);
    attachment = detach ? endedAttachment(tty) : await attachBeforeStart(monitor, directory, options);
  } catch (error) {
    rmSync(directory, { recursive: true, force: true });
    throw error;
  }
  return new MonitoredExec(attachment, monitor, directory, options.process.args[0] ?? "");
}

function monitorOptions(options: ExecOptions, directory: string, processFile: string): MonitorOptions {
  const { containerId, tty, stdin, detach } = options;
  const input = stdin && !detach ? (tty ? "kept" : "once") : "none";
  const more = ["--exec", "--exec-process-spec", processFile, ...(detach ? [] : ["--exec-attach"])];
  return { containerId, directory, exitDirectory: directory, log: "none", tty, input, more };
}

/** Attaches while conmon waits, so that no output is missed, and lets it go on. */
async function attachBeforeStart(
  monitor: StartedMonitor,
  directory: string,
  { tty, stdin }: ExecOptions,
): Promise<Attachment> {
  const { attachPipe, startPipe } = monitor as Required<StartedMonitor>;
  try {
    letGoOn(startPipe);
    if (!(await hasFirstByte(attachPipe))) throw internal(failureText(directory, undefined));
    const attachment = await attachToMonitor(directory, { tty, stdin });
    letGoOn(startPipe);
    return attachment;
  } catch (error) {
    // It must not take the pipe's end for the sign to go on.
    const pid = readPid(join(directory, bundleFiles.monitorPid));
    if (pid !== undefined) signalProcess(pid, SIGKILL);
    monitor.close();
    throw error;
  } finally {
    closeFd(startPipe);
  }
}

function letGoOn(startPipe: number): void {
  try {
    writeSync(startPipe, "0");
  } catch (error) {
    // conmon is gone; the other pipes tell the rest.
    if (codeOf(error) !== "EPIPE") throw error;
  }
}

/** False when the pipe ends without one. */
async function hasFirstByte(fd: number): Promise<boolean> {
  let bytes = 0;
  const reader = new PipeReader(fd, (data) => {
    bytes += data.byteLength;
    reader.stop();
  });
  await reader.done;
  return bytes > 0;
}

class MonitoredExec implements StartedExec {
  pid = 0;
  readonly exited: Promise<{ exitCode: number; error?: string }>;
  readonly failure: Promise<string | undefined>;

  constructor(
    readonly attachment: Attachment,
    private readonly monitor: StartedMonitor,
    private readonly directory: string,
    private readonly command: string,
  ) {
    this.failure = this.#started();
    this.exited = this.#ended();
  }

  resize(height: number, width: number): void {
    if (height > 0 && width > 0) resizeTerminal(this.directory, height, width);
  }

  async #started(): Promise<string | undefined> {
    const report = await this.monitor.next();
    if (report && report.data > 0) {
      this.pid = report.data;
      return undefined;
    }
    return execErrorText(failureText(this.directory, report), this.command);
  }

  async #ended(): Promise<{ exitCode: number; error?: string }> {
    const error = await this.failure;
    const report = error === undefined ? await this.monitor.next() : undefined;
    // Closed at conmon's end only: until then it has files to write.
    while (await this.monitor.next());
    rmSync(this.directory, { recursive: true, force: true });
    if (error !== undefined) return { exitCode: startFailureCode(error), error };
    return { exitCode: report?.data ?? NO_MONITOR };
  }
}
