/** One piece of output as the log keeps it; `partial` pieces have no line end and go on in the next record. */
export interface LogRecord {
  readonly stream: "stdout" | "stderr";
  /** Nanoseconds since the epoch. */
  readonly time: bigint;
  /** The bytes as written, with the `\n` that ended the line (none when `partial`). */
  readonly data: Uint8Array;
  readonly partial: boolean;
}

export interface LogReadOptions {
  stdout: boolean;
  stderr: boolean;
  /** Nanoseconds since the epoch. */
  since?: bigint;
  until?: bigint;
  /** Last N lines only; all when absent. */
  tail?: number;
  /** Go on until `ended` resolves (and everything written before is read) or `signal` aborts. */
  follow?: { ended: Promise<void>; signal?: AbortSignal };
}
