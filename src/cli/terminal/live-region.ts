import type { Output } from "../command.ts";
import { atExit } from "./at-exit.ts";
import { clip } from "./clip.ts";

const HIDE_CURSOR = "\x1b[?25l";
const SHOW_CURSOR = "\x1b[?25h";
const CLEAR_TO_END_OF_LINE = "\x1b[K";
const CLEAR_BELOW = "\x1b[J";

/**
 * Lines at the bottom of a terminal that are drawn again in place. Each drawing is one write that overwrites the one
 * before without clearing it first, so nothing flickers; text printed meanwhile goes above. The cursor is hidden while
 * the region is there and back at the end, also when the process exits in between.
 */
export class LiveRegion {
  #drawn = 0;
  #hidden = false;
  #forget: () => void = () => undefined;

  constructor(
    private readonly out: Output,
    /** Height of the terminal: at most one line less is drawn, or the terminal would scroll. */
    private readonly rows: () => number,
  ) {}

  /** Replaces the lines; where there are too many, the last ones are shown. */
  draw(lines: readonly string[]): void {
    this.out.write(this.#hide() + this.#back() + this.#frame(lines));
  }

  /** Writes text that stays, above the lines. */
  print(text: string, lines: readonly string[]): void {
    const whole = text.endsWith("\n") ? text : `${text}\n`;
    this.out.write(this.#hide() + this.#back() + CLEAR_BELOW + whole + this.#frame(lines));
  }

  /** Leaves `lines` on the screen for good. */
  finish(lines: readonly string[]): void {
    if (!this.#hidden && lines.length === 0) return;
    const frame = this.#back() + this.#text(lines) + CLEAR_BELOW;
    this.#drawn = 0;
    this.out.write(frame + (this.#hidden ? SHOW_CURSOR : ""));
    this.#hidden = false;
    this.#forget();
  }

  /** The lines that fit, and nothing of the last drawing below them. */
  #frame(lines: readonly string[]): string {
    const shown = lines.slice(-Math.max(1, this.rows() - 1));
    this.#drawn = shown.length;
    return this.#text(shown) + CLEAR_BELOW;
  }

  #text(lines: readonly string[]): string {
    const { columns } = this.out;
    return lines.map((line) => `${clip(line, columns)}${CLEAR_TO_END_OF_LINE}\n`).join("");
  }

  #back(): string {
    return this.#drawn > 0 ? `\x1b[${this.#drawn}A\r` : "\r";
  }

  #hide(): string {
    if (this.#hidden) return "";
    this.#hidden = true;
    this.#forget = atExit(() => this.out.write(SHOW_CURSOR));
    return HIDE_CURSOR;
  }
}

/** The height of the terminal behind `out`; 24 where it does not say. */
export function terminalRows(out: Output): number {
  return (out.fd === 1 ? process.stdout : process.stderr).rows || 24;
}
