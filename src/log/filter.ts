import type { Line } from "./line.ts";
import { TimeBound } from "./time-bound.ts";
import type { LogReadOptions } from "./types.ts";

/** Which lines of a log are wanted. */
export class LineFilter {
  readonly #stdout: boolean;
  readonly #stderr: boolean;
  readonly #since: TimeBound | undefined;
  readonly #until: TimeBound | undefined;

  constructor(options: LogReadOptions) {
    this.#stdout = options.stdout;
    this.#stderr = options.stderr;
    this.#since = options.since === undefined ? undefined : new TimeBound(options.since);
    this.#until = options.until === undefined ? undefined : new TimeBound(options.until);
  }

  wants(buffer: Uint8Array, line: Line): boolean {
    if (!(line.stderr ? this.#stderr : this.#stdout)) return false;
    if (this.#since && this.#since.compare(buffer, line) < 0) return false;
    return !this.#until || this.#until.compare(buffer, line) <= 0;
  }

  /** Times only grow, so nothing after a line that is too late is wanted. */
  isTooLate(buffer: Uint8Array, line: Line): boolean {
    return this.#until !== undefined && this.#until.compare(buffer, line) > 0;
  }

  /** The same towards the beginning of the log. */
  isTooEarly(buffer: Uint8Array, line: Line): boolean {
    return this.#since !== undefined && this.#since.compare(buffer, line) < 0;
  }
}
