import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { invalid } from "../../core/index.ts";
import { systemReason } from "../run-options/system-reason.ts";

const PIECE = 1 << 20;

export interface FileBytes {
  /** Bytes of a regular file; 0 for a pipe or a device. */
  readonly size: number;
  readonly bytes: AsyncIterable<Uint8Array>;
}

/** A file's content in pieces. It is opened at once. @throws invalid when it cannot be, or is a directory */
export function openFileBytes(path: string): FileBytes {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    throw invalid(`open ${path}: ${systemReason(error)}`);
  }
  const stats = fstatSync(fd);
  if (stats.isDirectory()) {
    closeSync(fd);
    throw invalid(`read ${path}: is a directory`);
  }
  return { size: stats.isFile() ? stats.size : 0, bytes: pieces(fd) };
}

async function* pieces(fd: number): AsyncGenerator<Uint8Array> {
  try {
    for (;;) {
      const piece = Buffer.allocUnsafe(PIECE);
      const count = readSync(fd, piece, 0, PIECE, null);
      if (count === 0) return;
      yield piece.subarray(0, count);
    }
  } finally {
    closeSync(fd);
  }
}
