import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { internal } from "../core/index.ts";
import { closeFd, KernelError, pidfdOpen, pidfdSendSignal } from "../kernel/index.ts";
import { type RunResult, runCommand } from "../process/index.ts";
import type { OciRuntimeSpec } from "../spec/index.ts";
import { commandLine, type RuntimeProgram, type RuntimeState } from "./adapter.ts";
import { attachToMonitor } from "./attach.ts";
import { bundleFiles } from "./bundle-files.ts";
import { cgroupPids, firstCgroup, killCgroup, sawOomKill } from "./cgroup.ts";
import { resizeTerminal } from "./control.ts";
import { createMonitored } from "./create.ts";
import { execIn } from "./exec.ts";
import { ExitWatch } from "./exit-watch.ts";
import { findProgram, missingProgram } from "./find-program.ts";
import type { MonitorSetup, StartedMonitor } from "./monitor-process.ts";
import { isRunning, monitorRuns, processStatus } from "./process-status.ts";
import { readPid } from "./read-pid.ts";
import { runOnce } from "./run-once.ts";
import { runtimeEnvironment } from "./runtime-environment.ts";
import { lastRuntimeError } from "./runtime-log.ts";
import { kindOf, Runtimes } from "./select.ts";
import type {
  Attachment,
  CreateOptions,
  ExecOptions,
  ExecSession,
  ExitStatus,
  OutputFrame,
  Runtime,
} from "./types.ts";
import { writeBundle } from "./write-bundle.ts";

export interface RuntimeOptions {
  /** The engine's run-time directory, e.g. `/run/berth`: runtimes' state and exit codes go below it. */
  execRoot: string;
  /** Default runtime: a name or an absolute path. Chosen by what the host has when absent. */
  runtime?: string;
  log: (message: string) => void;
}

/** Longest path with which the terminal's socket still fits into `sockaddr_un`. */
const SOCKET_DIRECTORY_LENGTH = 80;
const DELETE_PATIENCE_MS = 10_000;

/**
 * The runtimes and the monitor of this host, working below `execRoot`. A second one over the same directory, as after a
 * restart, knows all containers of the first. @throws unavailable, with the commands to install it, when a program is missing
 */
export function openRuntime(options: RuntimeOptions): Runtime {
  return new MonitoredRuntime(options);
}

class MonitoredRuntime implements Runtime {
  readonly #runtimes: Runtimes;
  readonly #setup: MonitorSetup;
  readonly #exits: ExitWatch;
  readonly #root: string;
  /** Monitors started by this process that have not ended. */
  readonly #monitors = new Set<StartedMonitor>();

  constructor({ execRoot, runtime, log }: RuntimeOptions) {
    this.#root = join(execRoot, "runtime");
    this.#runtimes = new Runtimes({ root: this.#root, configured: runtime });
    const conmon = findProgram("conmon");
    if (!conmon) throw missingProgram("conmon");
    const exitDirectory = join(execRoot, "exits");
    mkdirSync(this.#root, { recursive: true, mode: 0o711 });
    mkdirSync(exitDirectory, { recursive: true, mode: 0o700 });
    const socketDirectory = Buffer.byteLength(this.#root) > SOCKET_DIRECTORY_LENGTH ? "/tmp" : this.#root;
    this.#setup = { conmon, exitDirectory, socketDirectory };
    this.#exits = new ExitWatch(exitDirectory, log);
  }

  writeBundle(bundle: string, spec: OciRuntimeSpec, runtime?: string): void {
    writeBundle(this.#runtimes.resolve(runtime), bundle, spec);
  }

  async create(options: CreateOptions): Promise<{ pid: number; monitorPid: number }> {
    const program = this.#runtimes.resolve(options.runtime);
    const { pid, monitorPid, monitor } = await createMonitored(this.#setup, program, options);
    this.#monitors.add(monitor);
    // A monitor ends when it has written the exit code: this is a few milliseconds faster than the watched directory.
    void monitor.silent.then(() => {
      this.#monitors.delete(monitor);
      this.#exits.look(options.id);
    });
    return { pid, monitorPid };
  }

  async start(id: string, bundle: string, runtime?: string): Promise<void> {
    const program = this.#programOf(id, runtime);
    const pid = readPid(join(bundle, bundleFiles.pid));
    // Hooks that follow the start are the runtime's to run, so it must do the start.
    const hooks = readFileSync(join(bundle, bundleFiles.config), "utf8").includes('"poststart"');
    const isAlive = () => pid !== undefined && isRunning(pid);
    if (!hooks && (await program.kind.release(join(program.root, id), isAlive))) return;
    await this.#command(program, ["start", id], bundle);
  }

  attach(_id: string, bundle: string, options: { tty: boolean; stdin: boolean }): Promise<Attachment> {
    return attachToMonitor(bundle, options);
  }

  async resize(_id: string, bundle: string, height: number, width: number): Promise<void> {
    resizeTerminal(bundle, height, width);
  }

  kill(id: string, pid: number, signal: number): void {
    let fd: number;
    try {
      fd = pidfdOpen(pid);
    } catch (error) {
      if (error instanceof KernelError && error.code === "ESRCH") return;
      throw error;
    }
    try {
      // The number may belong to another process by now; its start time then is another, too.
      const expected = this.#state(id)?.startTime;
      if (expected === undefined || processStatus(pid)?.startTime === expected) pidfdSendSignal(fd, signal);
    } finally {
      closeFd(fd);
    }
  }

  async killAll(id: string, _bundle: string, runtime?: string): Promise<void> {
    const state = this.#state(id);
    if (state) await killCgroup(state.cgroups);
    else await this.#quietly(this.#programOf(id, runtime), ["kill", "--all", id, "KILL"]);
  }

  async pause(id: string, runtime?: string): Promise<void> {
    await this.#command(this.#programOf(id, runtime), ["pause", id]);
  }

  async resume(id: string, runtime?: string): Promise<void> {
    await this.#command(this.#programOf(id, runtime), ["resume", id]);
  }

  exec(options: ExecOptions): Promise<ExecSession> {
    return execIn(this.#setup, this.#programOf(options.containerId, options.runtime), options);
  }

  async pids(id: string, _bundle: string, runtime?: string): Promise<number[]> {
    const cgroup = firstCgroup(this.#state(id)?.cgroups ?? []);
    if (cgroup) return cgroupPids(cgroup);
    const { code, stdout } = await this.#quietly(this.#programOf(id, runtime), [
      "ps",
      "--format",
      "json",
      id,
    ]);
    return code === 0 ? (JSON.parse(stdout) as number[]) : [];
  }

  async delete(id: string, runtime?: string): Promise<void> {
    const program = this.#programOf(id, runtime);
    const directory = join(program.root, id);
    // Its fifo says that it was created and never started: its process would wait for ever.
    if (existsSync(join(directory, "exec.fifo"))) await killCgroup(this.#state(id)?.cgroups ?? []);
    const deadline = performance.now() + DELETE_PATIENCE_MS;
    while (existsSync(directory)) {
      // Never with --force: on a live container that sleeps, and a container that runs is not ours to delete.
      const { code, stderr } = await this.#quietly(program, ["delete", id]);
      if (code === 0) break;
      // A process that was just killed may not have been waited for yet.
      if (!/not stopped|not in .*stopped|still running/.test(stderr) || performance.now() > deadline) {
        throw internal(`${program.name} cannot delete container ${id}: ${stderr.trim()}`);
      }
      await Bun.sleep(20);
    }
    rmSync(join(this.#setup.exitDirectory, id), { force: true });
  }

  watchExit(
    id: string,
    bundle: string,
    monitorPid: number,
    handler: (status: ExitStatus) => void,
  ): { cancel(): void } {
    const cgroups = () => this.#state(id)?.cgroups ?? [];
    return this.#exits.add(
      id,
      {
        monitorRuns: () => monitorRuns(monitorPid, id),
        abandon: () => killCgroup(cgroups()),
        oomKilled: () => existsSync(join(bundle, bundleFiles.outOfMemory)) || sawOomKill(cgroups()),
      },
      handler,
    );
  }

  runOnce(options: {
    id: string;
    bundle: string;
    onOutput: (frame: OutputFrame) => void;
    signal?: AbortSignal;
    runtime?: string;
  }): Promise<number> {
    return runOnce(this.#runtimes.resolve(options.runtime), options);
  }

  describe(): { default: string; forRuns: string; runtimes: Record<string, { path: string }> } {
    const entries = this.#runtimes.all().map(({ name, path }) => [name, { path }] as const);
    const { default: usual, forRuns } = this.#runtimes;
    return { default: usual.name, forRuns: forRuns.name, runtimes: Object.fromEntries(entries) };
  }

  close(): void {
    for (const monitor of this.#monitors) monitor.close();
    this.#exits.close();
  }

  /** The runtime that holds the container's state, else the one asked for. */
  #programOf(id: string, runtime?: string): RuntimeProgram {
    const holder = this.#runtimes.all().find(({ root }) => existsSync(join(root, id)));
    return holder ?? this.#runtimes.resolve(runtime);
  }

  /** What a runtime noted about the container, whichever holds it; also one that this daemon has not been asked for yet. */
  #state(id: string): RuntimeState | undefined {
    for (const name of readdirSync(this.#root)) {
      const state = kindOf(name).readState(join(this.#root, name, id));
      if (state) return state;
    }
    return undefined;
  }

  /** @throws internal with the runtime's own message */
  async #command(program: RuntimeProgram, command: string[], bundle?: string): Promise<void> {
    const log = bundle && join(bundle, bundleFiles.runtimeLog);
    const argv = [...commandLine(program, log), ...command];
    const { code, stderr } = await runCommand(argv, { env: runtimeEnvironment() });
    if (code === 0) return;
    const text = (log && lastRuntimeError(log)) ?? stderr.trim();
    throw internal(`${program.name} ${command[0]} failed: ${text}`);
  }

  #quietly(program: RuntimeProgram, command: string[]): Promise<RunResult> {
    return runCommand([...commandLine(program), ...command], { env: runtimeEnvironment() });
  }
}
