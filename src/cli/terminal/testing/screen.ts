import type { Output } from "../../command.ts";

/**
 * A terminal as a test sees it: text, line feeds, cursor up, erasing to the end of the line and of the screen. Lines
 * that left the top stay readable, as in a terminal's history.
 */
export class Screen implements Output {
  readonly fd = 1;
  readonly isTerminal = true;
  readonly lines: string[] = [""];
  cursorVisible = true;
  writes = 0;
  #row = 0;
  #column = 0;

  constructor(
    readonly columns: number,
    readonly rows: number,
  ) {}

  write(data: string | Uint8Array): void {
    this.writes++;
    const text = typeof data === "string" ? data : new TextDecoder().decode(data);
    for (const [token] of text.matchAll(/\x1b\[[?0-9;]*[A-Za-z]|[\r\n]|[^\x1b\r\n]/gsu)) this.#apply(token);
  }

  /** What is to be seen, without blank lines at the end. */
  get text(): string {
    return this.lines
      .map((line) => line.trimEnd())
      .join("\n")
      .trimEnd();
  }

  #apply(token: string): void {
    if (token === "\n") this.#down();
    else if (token === "\r") this.#column = 0;
    else if (token.endsWith("A") && token.startsWith("\x1b")) this.#up(Number(token.slice(2, -1)));
    else if (token === "\x1b[K") this.#line = this.#line.slice(0, this.#column);
    else if (token === "\x1b[J") {
      this.#line = this.#line.slice(0, this.#column);
      this.lines.length = this.#row + 1;
    } else if (token === "\x1b[?25l") this.cursorVisible = false;
    else if (token === "\x1b[?25h") this.cursorVisible = true;
    else if (!token.startsWith("\x1b")) this.#put(token);
  }

  get #line(): string {
    return this.lines[this.#row] ?? "";
  }
  set #line(text: string) {
    this.lines[this.#row] = text;
  }

  #put(character: string): void {
    if (this.#column >= this.columns) throw new Error(`wider than the terminal: ${this.#line}${character}`);
    const line = this.#line.padEnd(this.#column);
    this.#line = line.slice(0, this.#column) + character + line.slice(this.#column + character.length);
    this.#column += character.length;
  }

  /** A line feed brings the cursor to the first column, as a terminal in its usual mode does. */
  #down(): void {
    this.#row++;
    this.#column = 0;
    if (this.#row === this.lines.length) this.lines.push("");
  }

  #up(count: number): void {
    if (count >= this.rows) throw new Error(`${count} lines up in a terminal of ${this.rows}`);
    this.#row = Math.max(0, this.#row - count);
  }
}

/** A file or a pipe. */
export class Plain implements Output {
  readonly fd = 1;
  readonly isTerminal = false;
  readonly columns = 80;
  text = "";
  write(data: string | Uint8Array): void {
    this.text += typeof data === "string" ? data : new TextDecoder().decode(data);
  }
}
