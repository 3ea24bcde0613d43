import { unavailable } from "../core/index.ts";
import { startProcess } from "./start-process.ts";

export interface RunOptions {
  input?: string | Uint8Array;
  cwd?: string;
  env?: Record<string, string | undefined>;
  /** Killed and rejected after this many milliseconds; 60,000 unless told. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

export interface RunResult {
  /** Exit status; 128 + the signal's number when it was killed by one. */
  code: number;
  stdout: string;
  stderr: string;
}

/**
 * Runs a program to its end and collects what it printed. A status other than 0 is a result, not an error.
 * @throws unavailable when it cannot be started, takes longer than the timeout, or is aborted
 */
export async function runCommand(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const program = argv[0] as string;
  const timeoutMs = options.timeoutMs ?? 60_000;
  const child = startProcess(argv, {
    stdin: options.input === undefined ? "ignore" : "pipe",
    stdout: "pipe",
    stderr: "pipe",
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...(options.env && { env: options.env }),
  });
  let stopped: string | undefined;
  const stop = (why: string) => {
    stopped ??= why;
    child.kill("SIGKILL");
  };
  const timer = setTimeout(() => stop(`did not end within ${timeoutMs} ms`), timeoutMs);
  const onAbort = () => stop("was interrupted");
  if (options.signal?.aborted) onAbort();
  options.signal?.addEventListener("abort", onAbort, { once: true });
  try {
    if (options.input !== undefined && typeof child.stdin === "object") {
      child.stdin.write(options.input);
      child.stdin.end();
    }
    const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), child.exited]);
    if (stopped) throw unavailable(`${program} ${stopped}`);
    return { code, stdout, stderr };
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", onAbort);
  }
}

/**
 * What a short program prints on standard output, waited for on the spot: for questions at the start. Undefined when it
 * cannot be started, fails or takes longer than five seconds.
 */
export function outputOf(
  argv: readonly string[],
  env: Record<string, string | undefined>,
): string | undefined {
  try {
    const options = { env, stdin: "ignore", stdout: "pipe", stderr: "ignore", timeout: 5_000 } as const;
    const { success, stdout } = Bun.spawnSync([...argv], options);
    return success ? stdout.toString() : undefined;
  } catch {
    return undefined;
  }
}

async function text(stream: unknown): Promise<string> {
  return stream instanceof ReadableStream ? await new Response(stream).text() : "";
}
