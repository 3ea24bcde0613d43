/** A program on a terminal of its own, 80 columns by 24 rows. */
export interface OnTerminal extends AsyncDisposable {
  /** Waits until the terminal shows this. */
  shows(text: string): Promise<void>;
  type(text: string): void;
  resize(columns: number, rows: number): void;
  /** Everything it has written, escape sequences too. */
  shown(): string;
  /** `stty` settings of the terminal now. */
  settings(): string;
  readonly exited: Promise<number>;
  kill(signal: NodeJS.Signals): void;
}

export function onTerminal(argv: readonly string[], env: Readonly<Record<string, string>>): OnTerminal {
  let shown = "";
  const child = Bun.spawn([...argv], {
    env: { ...env, TERM: "xterm" },
    terminal: {
      cols: 80,
      rows: 24,
      data: (_terminal, bytes) => {
        shown += new TextDecoder().decode(bytes);
      },
    },
  });
  const { terminal } = child;
  if (!terminal) throw new Error("no terminal");
  return {
    shown: () => shown,
    exited: child.exited,
    type: (text) => void terminal.write(text),
    resize: (columns, rows) => terminal.resize(columns, rows),
    kill: (signal) => child.kill(signal),
    settings: () => `${terminal.inputFlags} ${terminal.outputFlags} ${terminal.localFlags}`,
    async shows(text) {
      for (let attempt = 0; !shown.includes(text); attempt++) {
        if (attempt === 300) throw new Error(`not shown: ${text}; but: ${JSON.stringify(shown)}`);
        await Bun.sleep(10);
      }
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
      terminal.close();
    },
  };
}
