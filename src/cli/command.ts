import type { ApiClient } from "../client/index.ts";

/**
 * One flag of a command, in pflag's manner. `kind` decides how it reads: `boolean` takes `--x`, `--x=false` and joins
 * in `-abc`; the others take a value as `--x v`, `--x=v`, `-xv` or `-x v`; `list` may be repeated.
 */
export interface Flag {
  readonly name: string;
  readonly short?: string;
  readonly kind: "boolean" | "string" | "number" | "list";
  /** Shown in help after the name, e.g. `duration`, `list`, `bytes`. */
  readonly value?: string;
  readonly description: string;
  readonly default?: string | number | boolean;
  /** Works, but is left out of help and completion (kept for old scripts). */
  readonly hidden?: boolean;
  /** What completes it. */
  readonly complete?: Completion;
}

export type Completion =
  | "containers"
  | "running-containers"
  | "images"
  | "networks"
  | "files"
  | "directories"
  | readonly string[];

export interface ParsedArguments {
  readonly positional: readonly string[];
  /** Value of a flag, its default, or undefined. */
  string(name: string): string | undefined;
  number(name: string): number | undefined;
  boolean(name: string): boolean;
  list(name: string): readonly string[];
  /** True when the user wrote the flag. */
  given(name: string): boolean;
}

/**
 * Standard output or error, written synchronously. Prefer it to `stdout` and `stderr`: only touching those costs about
 * 8 ms of start-up, more than everything else a short command does.
 */
export interface Output {
  readonly fd: number;
  /** A terminal, so colours and redrawing are welcome. */
  readonly isTerminal: boolean;
  /** Width of the terminal in columns; 80 when it is none. */
  readonly columns: number;
  /** Writes all of it, waiting where the reader is slow. @throws OutputClosed when nobody reads any more */
  write(data: string | Uint8Array): void;
}

export interface CommandContext {
  /** Connected lazily: nothing is dialled before the first call. */
  readonly client: ApiClient;
  readonly args: ParsedArguments;
  /** Where the client's configuration is: `--config`, `DOCKER_CONFIG` or `~/.docker`. */
  readonly configDirectory: string;
  /** The words this command was called by, e.g. `["container", "ls"]`. */
  readonly path: readonly string[];
  /** Every command there is, for completion. */
  readonly commands: readonly CommandSpec[];
  readonly out: Output;
  readonly err: Output;
  /** Node's streams, made when first touched: for commands that need events, raw mode or a resize signal. */
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What is known of a command before its code is loaded: enough for parsing, help, completion and suggestions. */
export interface CommandSpec {
  /** Words of the command, e.g. `["container", "ls"]`; the first of `aliases` may be a top-level short form. */
  readonly path: readonly string[];
  /** Other spellings, each a whole path: `[["ps"], ["container", "list"], ["container", "ps"]]`. */
  readonly aliases?: readonly (readonly string[])[];
  /** What follows the name in the usage line, e.g. `[OPTIONS] IMAGE [COMMAND] [ARG...]`. */
  readonly usage: string;
  /** One sentence without a full stop. */
  readonly summary: string;
  readonly flags: readonly Flag[];
  /** How many positional arguments it takes. */
  readonly arguments: { min: number; max?: number };
  /** Flags end at the first positional argument (run, exec): what follows belongs to the container's command. */
  readonly stopAtFirst?: boolean;
  readonly complete?: Completion;
  readonly hidden?: boolean;
  /** Loads the code; returns the exit status. */
  readonly load: () => Promise<{ run(context: CommandContext): Promise<number> }>;
}
