import { parseRfc3339 } from "../core/index.ts";
import type { LogRecord } from "./types.ts";

const SPACE = 0x20;
const LETTER_P = 0x50;

/**
 * Reads one line of conmon's log (the CRI format), without its line end: time, stream, `F` or `P`, then the bytes.
 * Undefined for a line that is damaged.
 */
export function parseLine(line: Buffer): LogRecord | undefined {
  const afterTime = line.indexOf(SPACE);
  const afterStream = line.indexOf(SPACE, afterTime + 1);
  if (afterTime < 0 || afterStream < 0 || line[afterStream + 2] !== SPACE) return undefined;
  const time = parseRfc3339(line.toString("latin1", 0, afterTime));
  const name = line.toString("latin1", afterTime + 1, afterStream);
  if (time === undefined || (name !== "stdout" && name !== "stderr")) return undefined;
  const partial = line[afterStream + 1] === LETTER_P;
  const text = line.subarray(afterStream + 3);
  return { stream: name, time, partial, data: partial ? text : Buffer.concat([text, NEWLINE]) };
}

const NEWLINE = Buffer.from("\n");
