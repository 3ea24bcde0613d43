import { closeSync, constants, openSync, readSync } from "node:fs";
import { invalid } from "../../core/index.ts";
import { systemReason } from "../run-options/system-reason.ts";
import { BLOCK, padding, type TarEntry, tarHeader } from "./tar-header.ts";

/** An entry and where its content is. */
export interface ContextEntry extends TarEntry {
  /** The file on disk; symbolic links, directories and devices are never opened. */
  readonly source?: string | Buffer;
  /** Content that is not on disk. */
  readonly content?: Uint8Array;
}

/** Small entries are gathered to pieces of this size; one write for each file would cost more than reading it. */
const PIECE = 256 * 1024;

/**
 * The entries as a tar archive, in pieces of a convenient size; each piece is new memory.
 * @param purpose what the archive is, for messages
 * @throws invalid when a file cannot be read, has become a link, or becomes shorter meanwhile
 */
export function* tarStream(
  entries: Iterable<ContextEntry>,
  purpose = "build context",
): Generator<Uint8Array> {
  const pieces = new Pieces();
  for (const entry of entries) {
    yield* pieces.add(tarHeader(entry));
    if (entry.size === 0) continue;
    if (entry.content) yield* pieces.add(entry.content);
    else if (entry.source !== undefined) yield* fileContent(pieces, entry.source, entry.size, purpose);
    yield* pieces.add(new Uint8Array(padding(entry.size)));
  }
  yield* pieces.add(new Uint8Array(2 * BLOCK));
  yield* pieces.flush();
}

function* fileContent(
  pieces: Pieces,
  path: string | Buffer,
  size: number,
  purpose: string,
): Generator<Uint8Array> {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
  } catch (error) {
    throw invalid(`cannot read ${path} for the ${purpose}: ${systemReason(error)}`, error);
  }
  try {
    let left = size;
    while (left > 0) {
      const read = pieces.fill((room) => readSync(fd, room, 0, Math.min(room.length, left), null));
      if (read === 0) throw invalid(`${path} became shorter while the ${purpose} was sent`);
      left -= read;
      yield* pieces.full();
    }
  } finally {
    closeSync(fd);
  }
}

class Pieces {
  #piece = Buffer.allocUnsafe(PIECE);
  #used = 0;

  *add(bytes: Uint8Array): Generator<Uint8Array> {
    let at = 0;
    while (at < bytes.length) {
      const part = bytes.subarray(at, at + PIECE - this.#used);
      this.#piece.set(part, this.#used);
      this.#used += part.length;
      at += part.length;
      yield* this.full();
    }
  }

  /** Lets `read` write into the room that is left, and answers how much it wrote. */
  fill(read: (room: Uint8Array) => number): number {
    const count = read(this.#piece.subarray(this.#used));
    this.#used += count;
    return count;
  }

  *full(): Generator<Uint8Array> {
    if (this.#used < PIECE) return;
    yield this.#piece;
    this.#piece = Buffer.allocUnsafe(PIECE);
    this.#used = 0;
  }

  *flush(): Generator<Uint8Array> {
    if (this.#used > 0) yield this.#piece.subarray(0, this.#used);
    this.#used = 0;
  }
}
