import { writeSync } from "node:fs";
import { codeOf } from "../core/index.ts";
import type { Output } from "./command.ts";

/** The reader of our output is gone (`berth ps | head -1`): stop quietly, as a program killed by SIGPIPE does. */
export class OutputClosed extends Error {
  override readonly name = "OutputClosed";
  /** 128 + SIGPIPE. */
  readonly status = 141;
}

const DEFAULT_COLUMNS = 80;

/** `Output` over a file descriptor of this process. */
export class FdOutput implements Output {
  #terminal: boolean | undefined;
  constructor(readonly fd: 1 | 2) {}

  get isTerminal(): boolean {
    this.#terminal ??= (require("node:tty") as typeof import("node:tty")).isatty(this.fd);
    return this.#terminal;
  }

  get columns(): number {
    if (!this.isTerminal) return DEFAULT_COLUMNS;
    const stream = this.fd === 1 ? process.stdout : process.stderr;
    return stream.columns || DEFAULT_COLUMNS;
  }

  write(data: string | Uint8Array): void {
    const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
    let at = 0;
    while (at < bytes.length) {
      try {
        at += writeSync(this.fd, bytes, at, bytes.length - at);
      } catch (error) {
        const code = codeOf(error);
        if (code === "EPIPE") throw new OutputClosed();
        // A terminal or pipe that another program has made non-blocking, and whose reader is behind.
        if (code !== "EAGAIN") throw error;
        Bun.sleepSync(1);
      }
    }
  }
}
