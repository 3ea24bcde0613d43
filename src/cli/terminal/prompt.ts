import { createInterface } from "node:readline/promises";
import type { CommandContext } from "../command.ts";
import { atExit } from "./at-exit.ts";

type Asker = Pick<CommandContext, "stdin" | "out">;

/** Asks whether to go on; only `y` or `yes` does. */
export async function confirmed(context: Asker, warning: string): Promise<boolean> {
  const answer = await askLine(context, `${warning}\nAre you sure you want to continue? [y/N] `);
  return /^y(es)?$/i.test(answer.trim());
}

/** One line of our input; empty at its end. */
export async function askLine({ stdin, out }: Asker, question: string): Promise<string> {
  out.write(question);
  const lines = createInterface({ input: stdin });
  try {
    for await (const line of lines) return line;
    return "";
  } finally {
    lines.close();
  }
}

const CTRL_C = "\x03";
const CTRL_D = "\x04";
const CTRL_U = "\x15";
/** 128 + SIGINT. */
const INTERRUPTED = 130;

/** The same from a terminal, which does not show what is typed. */
export async function askSecret({ stdin, out }: Asker, question: string): Promise<string> {
  const restore = () => void stdin.setRawMode(false);
  const forget = atExit(restore);
  stdin.setRawMode(true);
  out.write(question);
  try {
    return await typed(stdin);
  } finally {
    stdin.pause();
    restore();
    forget();
    out.write("\n");
  }
}

/** What is typed up to the end of a line, in raw mode, where nobody else heeds the keys that edit it. */
function typed(stdin: NodeJS.ReadStream): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const decoder = new TextDecoder();
  let line: string[] = [];
  const read = (chunk: Uint8Array) => {
    for (const key of decoder.decode(chunk, { stream: true })) {
      if (key === CTRL_C) process.exit(INTERRUPTED);
      if (key === "\r" || key === "\n" || key === CTRL_D) return resolve(line.join(""));
      if (key === "\x7f" || key === "\b") line.pop();
      else if (key === CTRL_U) line = [];
      else line.push(key);
    }
  };
  const end = () => resolve(line.join(""));
  stdin.on("data", read).on("end", end).resume();
  return promise.finally(() => stdin.off("data", read).off("end", end));
}
