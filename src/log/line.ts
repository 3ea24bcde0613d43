import { parseRfc3339 } from "../core/index.ts";

/**
 * One line of conmon's k8s-file log, the CRI format: `TIME STREAM TAG CONTENT`, where TAG is `F` for the end of a line
 * of output and `P` for a piece of one.
 * https://github.com/kubernetes/design-proposals-archive/blob/main/node/kubelet-cri-logging.md
 */
export interface Line {
  /** Offsets into the buffer: the line's first byte, its first content byte, the newline that ends it. */
  start: number;
  content: number;
  newline: number;
  stderr: boolean;
  partial: boolean;
}

const SPACE = 0x20;
const LOWER_O = 0x6f;
const LOWER_E = 0x65;
const FULL = 0x46;
const PARTIAL = 0x50;
/** `2026-01-02T03:04:05Z`: no time is shorter. */
const SHORTEST_TIME = 20;
const LONGEST_TIME = 40;
/** ` stdout F `, in bytes from the space on. */
const STREAM_LETTER = 4;
const STREAM_END = 7;
const TAG = 8;
const TAG_END = 9;
const PREFIX = 10;

/** Reads the line between `start` and its `newline` into `line`; false when it is not one. */
export function parseLine(buffer: Uint8Array, start: number, newline: number, line: Line): boolean {
  // conmon's times have one width, 35 bytes with nanoseconds and zone: try that first.
  let space = start + 35;
  if (buffer[space] !== SPACE) {
    space = start + SHORTEST_TIME;
    const limit = Math.min(start + LONGEST_TIME, newline);
    while (space < limit && buffer[space] !== SPACE) space++;
  }
  if (space + PREFIX > newline) return false;
  const letter = buffer[space + STREAM_LETTER];
  const tag = buffer[space + TAG];
  if (buffer[space] !== SPACE || buffer[space + STREAM_END] !== SPACE || buffer[space + TAG_END] !== SPACE) {
    return false;
  }
  if ((letter !== LOWER_O && letter !== LOWER_E) || (tag !== FULL && tag !== PARTIAL)) return false;
  line.start = start;
  line.content = space + PREFIX;
  line.newline = newline;
  line.stderr = letter === LOWER_E;
  line.partial = tag === PARTIAL;
  return true;
}

export function emptyLine(): Line {
  return { start: 0, content: 0, newline: 0, stderr: false, partial: false };
}

/** End of what was written: a whole line keeps its newline. */
export function contentEnd(line: Line): number {
  return line.partial ? line.newline : line.newline + 1;
}

/** Nanoseconds since the epoch; 0 for a time that is not one. */
export function lineTime(buffer: Uint8Array, line: Line): bigint {
  const text = Buffer.from(buffer.buffer, buffer.byteOffset + line.start, line.content - PREFIX - line.start);
  return parseRfc3339(text.toString("latin1")) ?? 0n;
}
