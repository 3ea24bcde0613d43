import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { closeFd, openPipe } from "../kernel/index.ts";
import { startProcess } from "../process/index.ts";
import { commandLine, type RuntimeProgram } from "./adapter.ts";
import { execErrorText, startFailureCode } from "./errors.ts";
import type { StartedExec } from "./exec.ts";
import { PipeAttachment } from "./pipe-attachment.ts";
import { readPid } from "./read-pid.ts";
import { runtimeEnvironment } from "./runtime-environment.ts";
import { lastRuntimeError } from "./runtime-log.ts";
import type { ExecOptions } from "./types.ts";

const LOOK_MS = 1;
const PATIENT_LOOK_MS = 10;

/** An exec without a monitor: the command has pipes that this process holds, and the runtime's exit is the command's. */
export function execDirect(program: RuntimeProgram, options: ExecOptions): StartedExec {
  const base = join(options.bundle, `exec-${options.id}`);
  const files = { process: `${base}.json`, pid: `${base}.pid`, log: `${base}.log` };
  const removeFiles = () => {
    for (const path of Object.values(files)) rmSync(path, { force: true });
  };
  const argv = [...commandLine(program, files.log), "exec"];
  argv.push("--process", files.process, "--pid-file", files.pid, options.containerId);
  const started = Promise.withResolvers<boolean>();
  try {
    writeFileSync(files.process, JSON.stringify({ ...options.process, terminal: false }), { mode: 0o600 });
    const { child, attachment } = startOnPipes(argv, options, started.promise);
    const exec = new DirectExec(child, attachment, files, options.process.args[0] ?? "");
    void exec.failure.then((failure) => started.resolve(failure === undefined));
    void exec.exited.finally(removeFiles);
    return exec;
  } catch (error) {
    removeFiles();
    throw error;
  }
}

function startOnPipes(
  argv: string[],
  { stdin, detach }: ExecOptions,
  started: Promise<boolean>,
): { child: Bun.Subprocess; attachment: PipeAttachment } {
  const input = stdin && !detach ? openPipe("write") : undefined;
  const stdout = detach ? undefined : openPipe("read");
  const stderr = detach ? undefined : openPipe("read");
  const close = (fds: (number | undefined)[]) => {
    for (const fd of fds) if (fd !== undefined) closeFd(fd);
  };
  let child: Bun.Subprocess;
  try {
    child = startProcess(argv, {
      stdin: input?.read ?? "ignore",
      stdout: stdout?.write ?? "ignore",
      stderr: stderr?.write ?? "ignore",
      env: runtimeEnvironment(),
    });
  } catch (error) {
    close([input?.write, stdout?.read, stderr?.read]);
    throw error;
  } finally {
    close([input?.read, stdout?.write, stderr?.write]);
  }
  const ends = { stdin: input?.write, stdout: stdout?.read, stderr: stderr?.read };
  const attachment = new PipeAttachment(ends, started);
  void child.exited.then(() => attachment.processEnded());
  return { child, attachment };
}

class DirectExec implements StartedExec {
  pid = 0;
  readonly failure: Promise<string | undefined>;
  readonly exited: Promise<{ exitCode: number; error?: string }>;

  constructor(
    child: Bun.Subprocess,
    readonly attachment: PipeAttachment,
    files: { pid: string; log: string },
    command: string,
  ) {
    this.failure = waitForPid(files.pid, child.exited).then((pid) => {
      this.pid = pid ?? 0;
      const text = pid === undefined ? lastRuntimeError(files.log) : undefined;
      return text === undefined ? undefined : execErrorText(text, command);
    });
    this.exited = Promise.all([this.failure, child.exited]).then(([error, exitCode]) =>
      error === undefined ? { exitCode } : { exitCode: startFailureCode(error), error },
    );
  }

  /** There is no terminal. */
  resize(): void {}
}

/**
 * Waits until the runtime has written the pid file, which says that the command runs, or until `exited`, which says that
 * it never will or already did. The pid, if it was written.
 */
async function waitForPid(pidFile: string, exited: Promise<unknown>): Promise<number | undefined> {
  let over = false;
  const ended = exited.then(() => {
    over = true;
  });
  for (let turn = 0; ; turn++) {
    const pid = readPid(pidFile);
    if (pid !== undefined || over) return pid;
    await Promise.race([ended, Bun.sleep(turn < 100 ? LOOK_MS : PATIENT_LOOK_MS)]);
  }
}
