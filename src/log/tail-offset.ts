import type { FileHandle } from "node:fs/promises";
import { parseLine } from "./parse-line.ts";

const CHUNK = 64 << 10;
const LINE_END = 0x0a;

/**
 * Where the last `count` lines of the wanted streams begin, found from the file's end backwards. Pieces of one line
 * count once.
 */
export async function tailOffset(
  file: FileHandle,
  count: number,
  wanted: (stream: "stdout" | "stderr") => boolean,
): Promise<number> {
  const { size } = await file.stat();
  let end = size;
  let tail: Buffer = Buffer.alloc(0);
  let found = 0;
  let offset = size;
  while (end > 0) {
    const start = Math.max(0, end - CHUNK);
    const piece = Buffer.allocUnsafe(end - start);
    await file.read(piece, 0, piece.length, start);
    tail = Buffer.concat([piece, tail]);
    end = start;
    for (;;) {
      // The line before the last line end; without a line end before it, it may begin in an earlier piece.
      const close = tail.lastIndexOf(LINE_END);
      if (close < 0) break;
      const open = close === 0 ? -1 : tail.lastIndexOf(LINE_END, close - 1);
      if (open < 0 && start > 0) break;
      const record = parseLine(tail.subarray(open + 1, close));
      if (record && wanted(record.stream)) {
        if (!record.partial && ++found > count) return offset;
        offset = start + open + 1;
      }
      tail = tail.subarray(0, open + 1);
    }
  }
  return found === 0 ? size : offset;
}
