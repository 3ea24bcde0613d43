import { readTar, type TarEntry } from "./reader.ts";
import { type TarInput, writeTar } from "./writer.ts";

/** Cuts bytes into pieces, as they may come from a socket. */
export async function* inPieces(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

export async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const piece of pieces) parts.push(piece);
  return Buffer.concat(parts);
}

/** A whole tar in memory. */
export function tarOf(entries: Iterable<TarInput>): Promise<Buffer> {
  return collect(writeTar(entries));
}

export type ReadEntry = Omit<TarEntry, "body" | "pieces" | "position" | "dataPosition"> & { content: Buffer };

/** Every entry of a tar with its content. */
export async function entriesOf(
  tar: Uint8Array,
  options: { pieceSize?: number; strict?: boolean } = {},
): Promise<ReadEntry[]> {
  const entries: ReadEntry[] = [];
  for await (const { body, pieces: _, position: __, dataPosition: ___, ...header } of readTar(
    inPieces(tar, options.pieceSize),
    options,
  )) {
    entries.push({ ...header, content: await collect(body()) });
  }
  return entries;
}
