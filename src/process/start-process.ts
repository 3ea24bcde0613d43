import { codeOf, unavailable } from "../core/index.ts";

type StandardStream = "pipe" | "ignore" | "inherit" | number;

export interface StartOptions {
  stdin: StandardStream;
  stdout: StandardStream;
  stderr: StandardStream;
  /** Descriptors the child gets as 3, 4, ... */
  extraFds?: readonly number[];
  cwd?: string;
  env?: Record<string, string | undefined>;
  /** A session of its own: it does not die with this process's terminal or group. */
  detached?: boolean;
}

export interface TerminalOptions {
  cols: number;
  rows: number;
  data: (bytes: Uint8Array) => void;
  cwd?: string;
  env?: Record<string, string | undefined>;
}

function refuse(program: string, error: unknown): never {
  const code = codeOf(error);
  if (code === "ENOENT") throw unavailable(`${program}: program not found; is its package installed?`, error);
  throw unavailable(`${program} cannot be started: ${code ?? String(error)}`, error);
}

/**
 * Starts a child process. It inherits no descriptors but those named here.
 * @throws unavailable, naming the program, when it cannot be started
 */
export function startProcess(argv: readonly string[], options: StartOptions): Bun.Subprocess {
  try {
    return Bun.spawn([...argv], {
      stdio: [options.stdin, options.stdout, options.stderr, ...(options.extraFds ?? [])],
      ...(options.cwd !== undefined && { cwd: options.cwd }),
      ...(options.env && { env: options.env }),
      ...(options.detached && { detached: true }),
    });
  } catch (error) {
    return refuse(argv[0] as string, error);
  }
}

/** Starts a child on a pseudo-terminal of its own; `child.terminal` takes input and resizes. @throws unavailable */
export function startOnTerminal(argv: readonly string[], options: TerminalOptions): Bun.Subprocess {
  try {
    return Bun.spawn([...argv], {
      terminal: { cols: options.cols, rows: options.rows, data: (_terminal, bytes) => options.data(bytes) },
      ...(options.cwd !== undefined && { cwd: options.cwd }),
      ...(options.env && { env: options.env }),
    });
  } catch (error) {
    return refuse(argv[0] as string, error);
  }
}
