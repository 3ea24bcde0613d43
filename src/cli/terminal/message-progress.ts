import type { ProgressMessage } from "../../spec/index.ts";
import type { Output } from "../command.ts";
import { LiveRegion, terminalRows } from "./live-region.ts";
import { progressBar } from "./progress-bar.ts";

/** Not oftener than the eye sees, in milliseconds. */
const INTERVAL = 80;

/**
 * Shows the messages of a pull, load or import. On a terminal each id has a line that changes in place; elsewhere every
 * message is a line, and those that only count bytes are left out.
 */
export class MessageProgress {
  readonly #region: LiveRegion | undefined;
  readonly #lines = new Map<string, string>();
  #lastDrawn = 0;

  constructor(private readonly out: Output) {
    if (out.isTerminal) this.#region = new LiveRegion(out, () => terminalRows(out));
  }

  show(message: ProgressMessage): void {
    const { id, status = "", stream } = message;
    const { current = 0, total = 0 } = message.progressDetail ?? {};
    const bar = progressBar(current, total);
    if (stream !== undefined) this.#print(stream);
    else if (id && this.#region) this.#setLine(id, `${id}: ${status}${bar ? ` ${bar}` : ""}`);
    else if (status !== "" && (bar === "" || this.#region)) this.#print(`${id ? `${id}: ` : ""}${status}\n`);
  }

  /** Takes away the line of something that is over. */
  drop(id: string): void {
    if (this.#lines.delete(id)) this.#region?.draw([...this.#lines.values()]);
  }

  /** Leaves the last state on the screen. */
  finish(): void {
    this.#region?.finish([...this.#lines.values()]);
    this.#lines.clear();
  }

  #setLine(id: string, line: string): void {
    const known = this.#lines.has(id);
    this.#lines.set(id, line);
    const now = performance.now();
    if (known && now - this.#lastDrawn < INTERVAL) return;
    this.#lastDrawn = now;
    this.#region?.draw([...this.#lines.values()]);
  }

  #print(text: string): void {
    if (this.#lines.size > 0 && this.#region) this.#region.print(text, [...this.#lines.values()]);
    else this.out.write(text);
  }
}
