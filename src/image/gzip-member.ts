/**
 * Bytes of input for each gzip member. Smaller ones cost ratio (0.5 % at a quarter of it), larger ones only memory.
 */
export const CHUNK_SIZE = 1 << 20;

/** About as small as gzip's level 6, in a third of the time. */
const LEVEL = 4;

/**
 * One whole gzip member (RFC 1952). No name, no time, operating system "unknown": the same input is the same output
 * everywhere.
 */
export function gzipMember(input: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  return Bun.gzipSync(input, { level: LEVEL, library: "libdeflate" });
}
