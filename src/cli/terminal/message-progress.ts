import { progressBar } from "../../core/index.ts";
import type { ProgressMessage } from "../../spec/index.ts";
import type { Output } from "../command.ts";
import { LiveRegion, terminalRows } from "./live-region.ts";

/** Not oftener than the eye sees, in milliseconds. */
const INTERVAL = 80;

/**
 * Shows the messages of a pull, push, load or import. On a terminal each id has a line that changes in place, until
 * something else is said: then those lines stay as they are, and new ones begin below. Elsewhere every message is a
 * line, and those that only count bytes are left out.
 */
export class MessageProgress {
  readonly #region: LiveRegion | undefined;
  readonly #lines = new Map<string, string>();
  #footer: string[] = [];
  #lastDrawn = 0;

  constructor(private readonly out: Output) {
    if (out.isTerminal) this.#region = new LiveRegion(out, () => terminalRows(out));
  }

  show(message: ProgressMessage): void {
    const { id, status = "", stream, progressDetail } = message;
    const { current = 0, total = 0 } = progressDetail ?? {};
    const bar = progressBar(current, total, this.#barWidth);
    const named = id ? `${id}: ${status}` : status;
    if (stream !== undefined) this.#print(stream);
    else if (id && progressDetail && this.#region) this.#setLine(id, `${named}${bar ? ` ${bar}` : ""}`);
    else if (named !== "" && (bar === "" || this.#region)) this.#print(`${named}\n`);
  }

  /** A bar of our own below all lines; undefined takes it away. */
  footer(status: string, progress: { current: number; total: number } | undefined): void {
    const bar = progress && progressBar(progress.current, progress.total, this.#barWidth);
    this.#footer = bar === undefined ? [] : [`${status} ${bar}`];
    this.#draw(bar === undefined);
  }

  /** Leaves the last state on the screen. */
  finish(): void {
    this.#region?.finish(this.#all);
    this.#lines.clear();
    this.#footer = [];
  }

  /** Docker's bar where there is room for it. */
  get #barWidth(): number {
    return this.out.columns > 110 ? 50 : 30;
  }

  get #all(): string[] {
    return [...this.#lines.values(), ...this.#footer];
  }

  #setLine(id: string, line: string): void {
    const known = this.#lines.has(id);
    this.#lines.set(id, line);
    this.#draw(!known);
  }

  #draw(now: boolean): void {
    const time = performance.now();
    if (!now && time - this.#lastDrawn < INTERVAL) return;
    this.#lastDrawn = time;
    this.#region?.draw(this.#all);
  }

  #print(text: string): void {
    if (this.#region && this.#all.length > 0) {
      this.#region.finish([...this.#lines.values()]);
      this.#lines.clear();
      this.out.write(text);
      if (this.#footer.length > 0) this.#region.draw(this.#footer);
    } else this.out.write(text);
  }
}

/** Shows messages until they end. @throws what they say went wrong */
export async function followProgress(
  messages: AsyncIterable<ProgressMessage>,
  progress: MessageProgress | undefined,
): Promise<void> {
  try {
    for await (const message of messages) {
      if (message.error !== undefined) throw new Error(message.errorDetail?.message ?? message.error);
      progress?.show(message);
    }
  } finally {
    progress?.finish();
  }
}
