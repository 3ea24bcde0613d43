/** Which of the container's streams a piece belongs to, by the number in its frame. */
export type StreamName = "stdout" | "stderr" | "systemError";

export interface Piece {
  readonly stream: StreamName;
  readonly bytes: Uint8Array;
}

const HEADER = 8;
const NAMES: readonly StreamName[] = ["stdout", "stdout", "stderr", "systemError"];

/**
 * Takes apart the engine's multiplexed stream: frames of one byte for the stream, three zero bytes, a big-endian
 * length of four bytes, and that many bytes of payload. Neighbouring payloads of one stream come out as one piece, so
 * that thousands of short log lines cost one write.
 */
export class Demultiplexer {
  /** Bytes of a header of which not all have arrived. */
  #header: Uint8Array = new Uint8Array(0);
  #stream: StreamName = "stdout";
  #left = 0;

  /**
   * The payloads in `chunk`, in order. The chunk's own memory is used for them: read them before it is used again.
   * @throws Error when the bytes are not such a stream
   */
  push(chunk: Uint8Array): Piece[] {
    const pieces: Piece[] = [];
    let start = 0;
    let end = 0;
    let stream = this.#stream;
    let at = 0;
    const flush = () => {
      if (end > start) pieces.push({ stream, bytes: chunk.subarray(start, end) });
      start = end;
    };
    while (at < chunk.length) {
      if (this.#left === 0) {
        at = this.#readHeader(chunk, at);
        if (this.#header.length > 0) break;
        continue;
      }
      const size = Math.min(this.#left, chunk.length - at);
      if (this.#stream !== stream || end === start) {
        flush();
        stream = this.#stream;
        start = at;
        end = at + size;
      } else {
        if (at > end) chunk.copyWithin(end, at, at + size);
        end += size;
      }
      this.#left -= size;
      at += size;
    }
    flush();
    return pieces;
  }

  /** True when the stream ended in the middle of a frame. */
  get incomplete(): boolean {
    return this.#left > 0 || this.#header.length > 0;
  }

  /** Reads a frame's header at `at`, with what an earlier chunk left of it; answers where the payload begins. */
  #readHeader(chunk: Uint8Array, at: number): number {
    const have = this.#header.length;
    const take = Math.min(HEADER - have, chunk.length - at);
    let header = chunk.subarray(at, at + take);
    if (have > 0) {
      header = new Uint8Array(have + take);
      header.set(this.#header);
      header.set(chunk.subarray(at, at + take), have);
    }
    if (header.length < HEADER) {
      this.#header = header.slice();
      return at + take;
    }
    this.#header = new Uint8Array(0);
    const name = NAMES[header[0] ?? NAMES.length];
    if (name === undefined || header[1] !== 0 || header[2] !== 0 || header[3] !== 0) {
      throw new Error(`the engine's output is not a multiplexed stream: frame header ${hex(header)}`);
    }
    this.#stream = name;
    this.#left = new DataView(header.buffer, header.byteOffset, HEADER).getUint32(4);
    return at + take;
  }
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
