import type { Output } from "../command.ts";

export interface TerminalSize {
  readonly rows: number;
  readonly columns: number;
}

/** The size of the terminal that `stream` writes to; undefined when it is none. */
export function terminalSize(out: Output, stream: () => NodeJS.WriteStream): TerminalSize | undefined {
  if (!out.isTerminal) return undefined;
  const { rows, columns } = stream();
  return rows > 0 && columns > 0 ? { rows, columns } : undefined;
}
