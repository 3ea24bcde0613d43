import { atExit } from "./at-exit.ts";

/** The runtime's own handle of a terminal, which knows a mode that Node's streams do not offer. */
interface TerminalHandle {
  /** Answers 0, or an error number. */
  setRawMode(mode: number): number;
}

const STDIN = 0;
/** As it was before. */
const NORMAL = 0;
/** Bytes pass as they are, in both directions: cfmakeraw(3). Node's own raw mode still turns LF into CR LF. */
const TRANSPARENT = 2;

/**
 * Puts the terminal behind `stdin` into raw mode: every key goes to the container, none is echoed or made a signal
 * here, and what the container's own terminal has already translated is not translated again. Answers what puts it
 * back; calling that twice is harmless, and it also happens when the process exits.
 */
export function enterRawMode(stdin: NodeJS.ReadStream): () => void {
  if (!stdin.isTTY) return () => undefined;
  const handle = terminalHandle();
  if (handle?.setRawMode(TRANSPARENT) !== 0) stdin.setRawMode(true);
  const putBack = () => {
    if (handle?.setRawMode(NORMAL) !== 0) stdin.setRawMode(false);
  };
  const forget = atExit(putBack);
  let raw = true;
  return () => {
    if (!raw) return;
    raw = false;
    forget();
    putBack();
  };
}

function terminalHandle(): TerminalHandle | undefined {
  const { binding } = process as unknown as { binding?: (name: string) => unknown };
  const wrap = binding?.call(process, "tty_wrap") as { TTY?: new (fd: number) => TerminalHandle } | undefined;
  return wrap?.TTY && new wrap.TTY(STDIN);
}
