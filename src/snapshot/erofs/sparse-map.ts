import type { Segment } from "../../image/index.ts";
import { BLOCK_SIZE, MAX_CHUNK_BITS } from "./format.ts";
import { NotExpressible } from "./not-expressible.ts";

/** A file with holes as EROFS knows it: equal chunks, each somewhere in the tar or nowhere. */
export interface SparseMap {
  /** A chunk has 512 << chunkBits bytes. */
  readonly chunkBits: number;
  readonly chunks: number;
  /** Bytes in the tar. */
  readonly stored: number;
  /** Parts with data, ascending, in chunks; `block` is the tar's block of 512 bytes where the part is stored. */
  readonly parts: readonly { readonly from: number; readonly count: number; readonly block: number }[];
}

/** What ext4 takes; larger claims are left to the filesystem to refuse. */
const MAX_SIZE = 2 ** 44 - 2 ** 12;

/**
 * Chunks as large as the segments allow: a segment must begin with a chunk, and end with one or with the file.
 * @param block the tar's block where the first segment is stored; the others follow without padding
 * @returns undefined for a file that is stored whole
 * @throws NotExpressible when segments do not lie on blocks
 */
export function sparseMap(size: number, segments: readonly Segment[], block: number): SparseMap | undefined {
  if (size > MAX_SIZE) throw new NotExpressible("a file larger than a disk");
  const joined = join(segments);
  const [first] = joined;
  if (size === 0 || (first?.offset === 0 && first.length === size)) return undefined;
  let chunkBits = MAX_CHUNK_BITS;
  for (const { offset, length } of joined) {
    const end = offset + length;
    while (!divides(chunkBits, offset) || (end !== size && !divides(chunkBits, end))) {
      if (chunkBits-- === 0) throw new NotExpressible("holes that do not lie on blocks");
    }
  }
  const chunk = BLOCK_SIZE * 2 ** chunkBits;
  let stored = 0;
  const parts = joined.map(({ offset, length }) => {
    const part = {
      from: offset / chunk,
      count: Math.ceil(length / chunk),
      block: block + stored / BLOCK_SIZE,
    };
    stored += length;
    return part;
  });
  return { chunkBits, chunks: Math.ceil(size / chunk), stored, parts };
}

/** Segments without the empty ones, neighbours as one. */
function join(segments: readonly Segment[]): Segment[] {
  const joined: Segment[] = [];
  for (const segment of segments) {
    if (segment.length === 0) continue;
    const last = joined.at(-1);
    if (last && last.offset + last.length === segment.offset) {
      joined[joined.length - 1] = { offset: last.offset, length: last.length + segment.length };
    } else joined.push(segment);
  }
  return joined;
}

function divides(chunkBits: number, value: number): boolean {
  return value % (BLOCK_SIZE * 2 ** chunkBits) === 0;
}
