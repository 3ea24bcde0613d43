import type { FileHandle } from "node:fs/promises";
import type { LineFilter } from "./filter.ts";
import { emptyLine, parseLine } from "./line.ts";

/** From where on each stream's records belong to the tail. */
export interface TailStart {
  readonly stdout: number;
  readonly stderr: number;
}

const BLOCK = 128 * 1024;
/** How far before the wanted lines the first piece of a long one is looked for. */
const PIECES_WITHIN = 1024 * 1024;
const NEWLINE = 0x0a;

/** What is known of one stream while reading backwards. */
interface StreamTail {
  /** Offset from which its records are taken. */
  from: number;
  /** The pieces before the record seen last belong to a line that is taken. */
  open: boolean;
  seen: boolean;
}

/**
 * Finds the last `count` lines of what the filter wants, reading backwards from `end`, the offset after the last whole
 * record. Pieces of one line count once; a last line that is not ended yet counts, too.
 */
export async function findTail(
  file: FileHandle,
  end: number,
  count: number,
  filter: LineFilter,
): Promise<TailStart> {
  const streams: [StreamTail, StreamTail] = [
    { from: end, open: false, seen: false },
    { from: end, open: false, seen: false },
  ];
  const line = emptyLine();
  let left = count;
  let enoughAt = count === 0 ? end : -1;
  let carry = Buffer.alloc(0);
  let blockEnd = end;
  scan: while (blockEnd > 0) {
    const start = Math.max(0, blockEnd - BLOCK);
    const buffer = await readRange(file, start, blockEnd, carry);
    let newline = buffer.length - 1;
    while (newline >= 0) {
      // A record begins after the newline before it, or at the beginning of the file.
      const before = newline === 0 ? -1 : buffer.lastIndexOf(NEWLINE, newline - 1);
      if (before < 0 && start > 0) break;
      const at = start + before + 1;
      if (parseLine(buffer, before + 1, newline, line)) {
        if (filter.isTooEarly(buffer, line)) break scan;
        if (filter.wants(buffer, line)) {
          const stream = streams[line.stderr ? 1 : 0];
          if (line.partial && stream.seen) {
            if (stream.open) stream.from = at;
          } else {
            stream.open = left > 0;
            if (stream.open) {
              stream.from = at;
              left--;
            }
          }
          stream.seen = true;
        }
      }
      if (left === 0) {
        if (enoughAt < 0) enoughAt = at;
        if (!streams.some(({ open }) => open) || enoughAt - at > PIECES_WITHIN) break scan;
      }
      newline = before;
    }
    carry = Buffer.from(buffer.subarray(0, newline + 1));
    blockEnd = start;
  }
  return { stdout: streams[0].from, stderr: streams[1].from };
}

/** The bytes from `start` to `end`, followed by the beginning of a record that was cut by the block after. */
async function readRange(file: FileHandle, start: number, end: number, carry: Buffer): Promise<Buffer> {
  const buffer = Buffer.allocUnsafe(end - start + carry.length);
  let have = 0;
  while (have < end - start) {
    const { bytesRead } = await file.read(buffer, have, end - start - have, start + have);
    if (bytesRead === 0) break;
    have += bytesRead;
  }
  carry.copy(buffer, have);
  return buffer.subarray(0, have + carry.length);
}
