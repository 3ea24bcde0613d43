import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { closeFd, openPipe } from "../kernel/index.ts";
import { startProcess } from "../process/index.ts";
import type { CommandLine } from "./adapter.ts";
import { bundleFiles } from "./bundle-files.ts";
import { PipeReader } from "./pipe-reader.ts";
import { lastRuntimeError } from "./runtime-log.ts";

/** Everything a monitor needs besides what it monitors. */
export interface MonitorSetup {
  readonly conmon: string;
  /** Where conmon writes `ID` with the exit code in it. */
  readonly exitDirectory: string;
  /** A directory of this engine's own, short enough for a unix socket's path, for the terminal's hand-over. */
  readonly socketDirectory: string;
}

export interface MonitorOptions {
  readonly containerId: string;
  /** Pid files, sockets and the runtime's log go here. */
  readonly directory: string;
  readonly exitDirectory: string;
  /** conmon's own notation: `k8s-file:PATH` or `none`. */
  readonly log: string;
  readonly tty: boolean;
  /** No input, input that ends with an attacher's, or input that outlives attachers. */
  readonly input: "none" | "once" | "kept";
  readonly more?: readonly string[];
}

/** What conmon says on its sync pipe: first a pid (or failure), for an exec then the exit code. */
export interface Report {
  readonly data: number;
  readonly message?: string;
}

export interface StartedMonitor {
  /** The next report; undefined when conmon has closed the pipe without another. */
  next(): Promise<Report | undefined>;
  /** Descriptors of the other pipes that were asked for, ours to close. */
  readonly attachPipe?: number;
  readonly startPipe?: number;
  /** Resolves when the process that was started has put itself into the background, which it does at once. */
  readonly detached: Promise<number>;
  /** Resolves when conmon has let go of the pipe: when it has ended, or refuses to say more. */
  readonly silent: Promise<void>;
  /** Hear no more reports. */
  close(): void;
}

/** The first three descriptors are the standard streams. */
const SYNC_FD = 3;
const ATTACH_FD = 4;
const START_FD = 5;

function commandLine(
  setup: MonitorSetup,
  [runtime, ...runtimeArgs]: CommandLine,
  options: MonitorOptions,
): string[] {
  const { containerId, directory } = options;
  const argv = [setup.conmon, "--api-version", "1"];
  argv.push("--cid", containerId, "--cuuid", containerId, "--name", containerId);
  argv.push("--runtime", runtime, "--bundle", directory);
  argv.push("--container-pidfile", join(directory, bundleFiles.pid));
  argv.push("--conmon-pidfile", join(directory, bundleFiles.monitorPid));
  argv.push("--log-path", options.log, "--log-level", "error", "--no-sync-log");
  argv.push("--exit-dir", options.exitDirectory, "--persist-dir", directory, "--full-attach");
  for (const word of runtimeArgs) argv.push("--runtime-arg", word);
  if (options.tty) argv.push("--terminal");
  if (options.input !== "none") argv.push("--stdin");
  if (options.input === "kept") argv.push("--leave-stdin-open");
  return [...argv, ...(options.more ?? [])];
}

/**
 * Starts conmon. It goes into a session of its own and lives on whatever becomes of this process; the process that was
 * started here ends at once and is reaped. With `handshake` conmon waits for a byte on `startPipe` twice: before it
 * begins, and, after it has said on `attachPipe` that attachers may come, before it starts the command.
 * @throws unavailable when it cannot be started
 */
export function startMonitor(
  setup: MonitorSetup,
  runtime: CommandLine,
  options: MonitorOptions,
  handshake: boolean,
): StartedMonitor {
  const errors = openSync(join(options.directory, bundleFiles.monitorErrors), "w", 0o600);
  const sync = openPipe("read");
  const attach = handshake ? openPipe("read") : undefined;
  const start = handshake ? openPipe("write") : undefined;
  let child: Bun.Subprocess;
  try {
    child = startProcess(commandLine(setup, runtime, options), {
      stdin: "ignore",
      stdout: "ignore",
      stderr: errors,
      extraFds: [sync.write, ...(attach && start ? [attach.write, start.read] : [])],
      cwd: options.directory,
      env: {
        PATH: process.env.PATH,
        // conmon writes the log's times in its local zone.
        TZ: "UTC",
        TMPDIR: setup.socketDirectory,
        _OCI_SYNCPIPE: String(SYNC_FD),
        ...(handshake && { _OCI_ATTACHPIPE: String(ATTACH_FD), _OCI_STARTPIPE: String(START_FD) }),
      },
      detached: true,
    });
  } catch (error) {
    for (const fd of [sync.read, attach?.read, start?.write]) if (fd !== undefined) closeFd(fd);
    throw error;
  } finally {
    closeSync(errors);
    for (const fd of [sync.write, attach?.write, start?.read]) if (fd !== undefined) closeFd(fd);
  }
  const reports = new Reports(sync.read);
  return {
    next: () => reports.next(),
    attachPipe: attach?.read,
    startPipe: start?.write,
    detached: child.exited,
    silent: reports.silent,
    close: () => reports.close(),
  };
}

/** Why a monitor has not reported a process: the runtime's message, else conmon's own. */
export function failureText(directory: string, report: Report | undefined): string {
  const logged = lastRuntimeError(join(directory, bundleFiles.runtimeLog));
  if (logged !== undefined) return logged;
  if (report?.message) return report.message.trim();
  const complaint = readFileSync(join(directory, bundleFiles.monitorErrors), "utf8").trim();
  return complaint || "conmon ended without giving a reason";
}

/** The lines of the sync pipe, one JSON object each. */
class Reports {
  #text = "";
  #ended = false;
  #wake: (() => void) | undefined;
  readonly #reader: PipeReader;

  readonly silent: Promise<void>;

  constructor(fd: number) {
    this.#reader = new PipeReader(fd, (data) => {
      this.#text += Buffer.from(data).toString();
      this.#wake?.();
    });
    this.silent = this.#reader.done.then(() => {
      this.#ended = true;
      this.#wake?.();
    });
  }

  async next(): Promise<Report | undefined> {
    for (;;) {
      const end = this.#text.indexOf("\n");
      if (end >= 0) {
        const line = this.#text.slice(0, end);
        this.#text = this.#text.slice(end + 1);
        return parse(line);
      }
      if (this.#ended) return undefined;
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  close(): void {
    this.#reader.stop();
  }
}

function parse(line: string): Report | undefined {
  try {
    const report = JSON.parse(line) as Partial<Report>;
    return typeof report.data === "number" ? { data: report.data, message: report.message } : undefined;
  } catch {
    return undefined;
  }
}
