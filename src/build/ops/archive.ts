import { isKind, unsupported } from "../../core/index.ts";
import { type ByteString, decompress, show } from "../../image/index.ts";

const BLOCK = 512;

/**
 * The plain tar inside a file, when its content is one (compressed or not); undefined for any other file. The name
 * does not matter.
 * @throws unsupported for compressions that cannot be read here
 */
export async function openArchive(
  named: ByteString,
  content: () => AsyncIterable<Uint8Array>,
): Promise<AsyncIterable<Uint8Array> | undefined> {
  const plain = await firstBytes(decompress(content())).catch((error: unknown) => {
    if (isKind(error, "unsupported")) {
      throw unsupported(`ADD of ${show(named)}: ${error.message}, or COPY it`, error);
    }
    // A file that only begins like a compressed one is no archive.
    return new Uint8Array(0);
  });
  return isTarHeader(plain) ? decompress(content()) : undefined;
}

async function firstBytes(stream: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const pieces: Uint8Array[] = [];
  let have = 0;
  for await (const piece of stream) {
    pieces.push(piece);
    have += piece.byteLength;
    if (have >= BLOCK) break;
  }
  return Buffer.concat(pieces).subarray(0, BLOCK);
}

/** A tar header's checksum is the sum of its bytes with the checksum's own field read as blanks. */
function isTarHeader(block: Uint8Array): boolean {
  if (block.byteLength < BLOCK) return false;
  const field = Buffer.from(block.subarray(148, 156)).toString("latin1");
  const written = /^[ \0]*([0-7]+)[ \0]*$/.exec(field)?.[1];
  if (written === undefined) return false;
  let unsigned = 0;
  let signed = 0;
  for (let at = 0; at < BLOCK; at++) {
    const byte = at >= 148 && at < 156 ? 0x20 : (block[at] as number);
    unsigned += byte;
    signed += byte > 127 ? byte - 256 : byte;
  }
  const sum = Number.parseInt(written, 8);
  return sum === unsigned || sum === signed;
}
