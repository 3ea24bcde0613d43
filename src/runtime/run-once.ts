import { existsSync, rmSync } from "node:fs";
import { join } from "node:path";
import { unavailable } from "../core/index.ts";
import { closeFd, openPipe } from "../kernel/index.ts";
import { runCommand, startProcess } from "../process/index.ts";
import { commandLine, makingCommandLine, type RuntimeProgram } from "./adapter.ts";
import { readBundleConfig } from "./bundle-config.ts";
import { killCgroup, removeEmptyCgroups } from "./cgroup.ts";
import { createError } from "./errors.ts";
import { PipeReader } from "./pipe-reader.ts";
import { readPid } from "./read-pid.ts";
import { runtimeEnvironment } from "./runtime-environment.ts";
import { lastRuntimeError } from "./runtime-log.ts";
import type { OutputFrame } from "./types.ts";

export interface RunOnceOptions {
  id: string;
  bundle: string;
  onOutput: (frame: OutputFrame) => void;
  signal?: AbortSignal;
}

/** Output of a container that has ended cannot be held by others for long: its processes are gone. */
const GRACE_MS = 2000;
const LOOK_MS = 5;

/**
 * Runs a bundle to its end by the runtime's `run`. Nothing of it is left afterwards, also when it was aborted.
 * @throws invalid or internal, in Docker's words, when it cannot be started; unavailable when aborted
 */
export async function runOnce(program: RuntimeProgram, options: RunOnceOptions): Promise<number> {
  const { id, bundle, signal } = options;
  if (signal?.aborted) throw unavailable(`run of ${id} was interrupted`);
  const log = join(bundle, "run.log");
  const pidFile = join(bundle, "run.pid");
  const stdout = openPipe("read");
  const stderr = openPipe("read");
  let child: Bun.Subprocess;
  try {
    child = startProcess(
      [
        ...makingCommandLine(program, readBundleConfig(bundle), log),
        "run",
        "--bundle",
        bundle,
        "--pid-file",
        pidFile,
        id,
      ],
      { stdin: "ignore", stdout: stdout.write, stderr: stderr.write, env: runtimeEnvironment() },
    );
  } catch (error) {
    for (const { read } of [stdout, stderr]) closeFd(read);
    throw error;
  } finally {
    for (const { write } of [stdout, stderr]) closeFd(write);
  }
  const gate = new StartGate(pidFile, options.onOutput);
  const readers = [
    new PipeReader(stdout.read, (data) => gate.take({ stream: "stdout", data })),
    new PipeReader(stderr.read, (data) => gate.take({ stream: "stderr", data })),
  ];
  const onAbort = () => void killUntilGone(program, id, child);
  signal?.addEventListener("abort", onAbort, { once: true });
  try {
    const code = await child.exited;
    const timer = setTimeout(() => {
      for (const reader of readers) reader.stop();
    }, GRACE_MS);
    await Promise.all(readers.map((reader) => reader.done));
    clearTimeout(timer);
    if (signal?.aborted) throw unavailable(`run of ${id} was interrupted`);
    const failure = readPid(pidFile) === undefined ? lastRuntimeError(log) : undefined;
    if (failure !== undefined) throw createError(failure, readBundleConfig(bundle).process.args[0] ?? "");
    gate.open();
    return code;
  } finally {
    gate.close();
    signal?.removeEventListener("abort", onAbort);
    await removeLeftOvers(program, id);
    removeEmptyCgroups(readBundleConfig(bundle).linux.cgroupsPath);
    for (const path of [log, pidFile]) rmSync(path, { force: true });
  }
}

/** Until there is a process it is the runtime that speaks, and its complaint becomes the error: held back till then. */
class StartGate {
  readonly #held: OutputFrame[] = [];
  #timer: ReturnType<typeof setInterval> | undefined;
  #open = false;

  constructor(
    private readonly pidFile: string,
    private readonly onOutput: (frame: OutputFrame) => void,
  ) {}

  take(frame: OutputFrame): void {
    if (!this.#open && readPid(this.pidFile) !== undefined) this.open();
    if (this.#open) {
      this.onOutput(frame);
      return;
    }
    this.#held.push(frame);
    this.#timer ??= setInterval(() => {
      if (readPid(this.pidFile) !== undefined) this.open();
    }, LOOK_MS);
  }

  open(): void {
    this.#open = true;
    clearInterval(this.#timer);
    for (const frame of this.#held.splice(0)) this.onOutput(frame);
  }

  close(): void {
    clearInterval(this.#timer);
  }
}

/**
 * Kills the container until the runtime itself has ended. The runtime is never killed: what it has made so far would
 * stay. It is at most some milliseconds away from noting its container.
 */
async function killUntilGone(program: RuntimeProgram, id: string, child: Bun.Subprocess): Promise<void> {
  while (child.exitCode === null && child.signalCode === null) {
    const state = program.kind.readState(join(program.root, id));
    if (state) await killCgroup(state.cgroups);
    else if (program.kind.kind === "generic") {
      const argv = [...commandLine(program), "kill", id, "KILL"];
      await runCommand(argv, { env: runtimeEnvironment() });
    }
    await Bun.sleep(LOOK_MS);
  }
}

/** A runtime that was killed could not delete its container. */
async function removeLeftOvers(program: RuntimeProgram, id: string): Promise<void> {
  const directory = join(program.root, id);
  if (!existsSync(directory)) return;
  await killCgroup(program.kind.readState(directory)?.cgroups ?? []);
  await runCommand([...commandLine(program), "delete", "--force", id], {
    env: runtimeEnvironment(),
  });
}
