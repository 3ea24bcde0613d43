import type { Transform } from "node:stream";
import { createGunzip, createZstdDecompress } from "node:zlib";
import { codeOf, invalid, messageOf } from "../core/index.ts";
import { bzip2Decoder, xzDecoder } from "../kernel/index.ts";
import { cutOff, nativelyDecoded } from "./native-decoder.ts";
import { ZstdFrames } from "./zstd-frames.ts";

export type Compression = "plain" | "gzip" | "zstd" | "bzip2" | "xz";

/**
 * The decoder works on a thread of the runtime's while its last output is hashed and written here. Large pieces, and
 * one or two of them ready, keep both busy; more would only take memory.
 */
const BUFFERS = { chunkSize: 1 << 20, readableHighWaterMark: 2 << 20, writableHighWaterMark: 1 << 19 };

/** As many bytes as `detectCompression` needs to see. */
export const MAGIC_SIZE = 6;

/** Tells by the first bytes of a stream how it is compressed. */
export function detectCompression(head: Uint8Array): Compression {
  const starts = (...magic: number[]) => magic.every((byte, i) => head[i] === byte);
  if (starts(0x1f, 0x8b)) return "gzip";
  if (starts(0x28, 0xb5, 0x2f, 0xfd)) return "zstd";
  // A zstd stream may begin with a skippable frame (RFC 8878, section 3.1.2).
  if (((head[0] as number) & 0xf0) === 0x50 && head[1] === 0x2a && head[2] === 0x4d && head[3] === 0x18) {
    return "zstd";
  }
  if (starts(0x42, 0x5a, 0x68)) return "bzip2";
  if (starts(0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00)) return "xz";
  return "plain";
}

/**
 * Memory that unpacking xz may take, in bytes: three times what its highest level needs. The file itself says how much
 * it wants.
 */
const XZ_MEMORY = 192 << 20;

/**
 * The plain bytes of a stream in gzip, zstd, bzip2, xz or no compression, told apart by its first bytes.
 * @throws invalid when it is damaged, cut off or wants too much memory; unsupported where a library is missing
 */
export async function* decompress(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  yield* (await openCompressed(source)).plain;
}

/** The same, with the word how it was compressed. What is opened must be read. */
export async function openCompressed(
  source: AsyncIterable<Uint8Array>,
): Promise<{ compression: Compression; plain: AsyncIterable<Uint8Array> }> {
  const { head, rest } = await peek(source);
  const compression = detectCompression(head);
  switch (compression) {
    case "plain":
      return { compression, plain: rest };
    case "gzip":
      return { compression, plain: through(createGunzip(BUFFERS), rest, compression) };
    case "zstd":
      return {
        compression,
        plain: through(createZstdDecompress(BUFFERS), watched(rest), compression),
      };
    case "bzip2":
      return { compression, plain: nativelyDecoded(bzip2Decoder, rest, compression) };
    case "xz":
      return { compression, plain: nativelyDecoded(() => xzDecoder(XZ_MEMORY), rest, compression) };
  }
}

async function peek(source: AsyncIterable<Uint8Array>) {
  const iterator = source[Symbol.asyncIterator]();
  const pieces: Uint8Array[] = [];
  let size = 0;
  while (size < MAGIC_SIZE) {
    const { done, value } = await iterator.next();
    if (done) break;
    pieces.push(value);
    size += value.byteLength;
  }
  async function* rest(): AsyncGenerator<Uint8Array, void, void> {
    try {
      for (const piece of pieces.splice(0)) if (piece.byteLength > 0) yield piece;
      for (;;) {
        const { done, value } = await iterator.next();
        if (done) return;
        yield value;
      }
    } finally {
      await iterator.return?.();
    }
  }
  return { head: Buffer.concat(pieces), rest: rest() };
}

async function* watched(source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
  const frames = new ZstdFrames();
  for await (const piece of source) {
    frames.push(piece);
    yield piece;
  }
  if (!frames.whole) throw cutOff("zstd");
}

/** Feeds `decoder` as fast as its output is read, no faster. */
async function* through(
  decoder: Transform,
  source: AsyncIterable<Uint8Array>,
  compression: Compression,
): AsyncGenerator<Uint8Array, void, void> {
  let failure: unknown;
  const feed = async () => {
    for await (const piece of source) {
      if (decoder.destroyed) return;
      if (!decoder.write(piece)) await drained(decoder);
    }
    decoder.end();
  };
  const feeding = feed().catch((error: unknown) => {
    failure = error;
    decoder.destroy(error instanceof Error ? error : new Error(messageOf(error)));
  });
  try {
    yield* decoder;
  } catch (error) {
    if (failure !== undefined) throw failure;
    if (codeOf(error) === "Z_BUF_ERROR") throw cutOff(compression);
    throw invalid(`${compression} data is damaged: ${messageOf(error)}`, error);
  } finally {
    decoder.destroy();
    await feeding;
  }
  if (failure !== undefined) throw failure;
}

function drained(decoder: Transform): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      decoder.off("drain", done);
      decoder.off("close", done);
      resolve();
    };
    decoder.on("drain", done);
    decoder.on("close", done);
  });
}
