import { eventually } from "./eventually.ts";

/** A program on a pseudo-terminal of its own, as a person at a terminal drives it. */
export class Terminal {
  /** Everything printed so far, without carriage returns. */
  screen = "";
  readonly #child: Bun.Subprocess;
  readonly #decoder = new TextDecoder();

  constructor(
    argv: string[],
    options: { env: Record<string, string | undefined>; cols?: number; rows?: number; cwd?: string },
  ) {
    this.#child = Bun.spawn(argv, {
      env: { ...options.env, TERM: "xterm-256color" },
      ...(options.cwd ? { cwd: options.cwd } : {}),
      terminal: {
        cols: options.cols ?? 80,
        rows: options.rows ?? 24,
        data: (_terminal, bytes) => {
          this.screen += this.#decoder.decode(bytes, { stream: true }).replaceAll("\r", "");
        },
      },
    });
  }

  type(text: string): void {
    this.#child.terminal?.write(text);
  }

  resize(cols: number, rows: number): void {
    this.#child.terminal?.resize(cols, rows);
  }

  /** Waits until the screen shows `text` after what it showed at the last call. */
  async sees(text: string | RegExp, milliseconds = 10_000): Promise<void> {
    const matches = () => {
      const rest = this.screen.slice(this.#read);
      const at = typeof text === "string" ? rest.indexOf(text) : rest.search(text);
      if (at < 0) return false;
      const length = typeof text === "string" ? text.length : (rest.match(text)?.[0].length ?? 0);
      this.#read += at + length;
      return true;
    };
    await eventually(`the terminal shows ${text}`, matches, milliseconds).catch((error) => {
      throw new Error(`${error.message}; it shows:\n${this.screen}`);
    });
  }
  #read = 0;

  /** Exit status; kills the program and fails when it does not end in time. */
  async exited(milliseconds = 10_000): Promise<number> {
    const late = Bun.sleep(milliseconds).then(() => "late" as const);
    const code = await Promise.race([this.#child.exited, late]);
    if (code === "late") {
      this.close();
      throw new Error(`the program on the terminal did not end; it shows:\n${this.screen}`);
    }
    return code;
  }

  close(): void {
    this.#child.kill("SIGKILL");
    this.#child.terminal?.close();
  }
}
