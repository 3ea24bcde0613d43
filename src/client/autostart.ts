import { spawn } from "node:child_process";
import { closeSync, fstatSync, mkdirSync, openSync, readFileSync } from "node:fs";
import { dirname } from "node:path";
import { messageOf } from "../core/index.ts";
import { ByteSocket } from "./byte-socket.ts";
import { ConnectionError } from "./errors.ts";
import type { Endpoint } from "./types.ts";

const LOG_FILE = "/var/log/berth/daemon.log";
const DEADLINE_MS = 10_000;
const POLL_MS = 4;
/** When our daemon ended because another client's was a moment earlier, that one answers within this. */
const GRACE_MS = 1_000;
/** A start that takes longer than this is worth a word. */
const PATIENCE_MS = 1_000;

export interface AutostartOptions {
  endpoint: Endpoint;
  /** Command that runs the engine in the foreground. Default: this program with `daemon`. */
  command?: readonly string[];
  logFile?: string;
  /** Writes one line for the user. */
  say: (line: string) => void;
  deadlineMs?: number;
}

/** This program as a command line: itself when it is one executable, the runtime with its entry file otherwise. */
export function selfCommand(): string[] {
  // Inside a compiled executable the entry is a path of the embedded file system, which no other process can read.
  const embedded = Bun.main.startsWith("/$bunfs/") || Bun.main.includes("~BUN");
  return embedded ? [process.execPath] : [process.execPath, Bun.main];
}

/**
 * Starts the engine in a session of its own, with its output in a log file, and waits until it answers.
 * @throws ConnectionError when it may not or does not start.
 */
export async function startEngine(options: AutostartOptions): Promise<void> {
  if (process.geteuid?.() !== 0) {
    throw new ConnectionError(
      "the Berth daemon is not running, and starting it needs root: run `sudo berth daemon`, or `sudo berth system install` to have it started at boot",
    );
  }
  const logFile = options.logFile ?? LOG_FILE;
  const [program = "", ...args] = options.command ?? [...selfCommand(), "daemon"];
  const log = openLog(logFile);
  const logged = fstatSync(log).size;
  const exited = Promise.withResolvers<string>();
  try {
    const child = spawn(program, args, { detached: true, cwd: "/", stdio: ["ignore", log, log] });
    child.once("error", (error) => exited.resolve(messageOf(error)));
    child.once("exit", (code, signal) =>
      exited.resolve(signal ? `killed by ${signal}` : `exit status ${code}`),
    );
    child.unref();
  } finally {
    closeSync(log);
  }
  await untilItAnswers(options, exited.promise, { file: logFile, from: logged });
}

function openLog(file: string): number {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o755 });
    return openSync(file, "a", 0o640);
  } catch (cause) {
    throw new ConnectionError(`cannot start the Berth daemon: cannot write ${file}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

async function untilItAnswers(
  options: AutostartOptions,
  exited: Promise<string>,
  log: { file: string; from: number },
): Promise<void> {
  const started = performance.now();
  let ended: { why: string; at: number } | undefined;
  void exited.then((why) => {
    ended = { why, at: performance.now() };
  });
  let told = false;
  for (;;) {
    if (await answers(options.endpoint)) return;
    const waited = performance.now() - started;
    if (ended && performance.now() - ended.at > GRACE_MS) {
      const said = lastLine(log.file, log.from);
      throw new ConnectionError(
        `the Berth daemon did not start (${ended.why})${said && `: ${said}`}\nIts log is ${log.file}`,
      );
    }
    if (waited > (options.deadlineMs ?? DEADLINE_MS)) {
      throw new ConnectionError(
        `the Berth daemon does not answer after ${Math.round(waited / 1000)} s\nIts log is ${log.file}`,
      );
    }
    if (!told && waited > PATIENCE_MS) {
      told = true;
      options.say(`Starting the Berth daemon (its log: ${log.file}) ...`);
    }
    await Bun.sleep(POLL_MS);
  }
}

/** What a daemon said last in its log after `from`; empty when it said nothing. */
function lastLine(file: string, from: number): string {
  const bytes = readFileSync(file).subarray(from);
  return bytes.toString().trimEnd().split("\n").at(-1) ?? "";
}

async function answers(endpoint: Endpoint): Promise<boolean> {
  try {
    (await ByteSocket.connect(endpoint)).destroy();
    return true;
  } catch (error) {
    if (error instanceof ConnectionError) return false;
    throw error;
  }
}
