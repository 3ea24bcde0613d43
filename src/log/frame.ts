import { invalid } from "../core/index.ts";

/**
 * Docker's multiplexed stream: each frame is one byte for the stream, three zeros, the payload's length as 32 bits in
 * network order, and the payload. https://docs.docker.com/reference/api/engine/version/v1.51/#tag/Container/operation/ContainerAttach
 */
export const FRAME_HEADER = 8;

export type FrameStream = "stdin" | "stdout" | "stderr" | "system";

const NUMBERS: Record<FrameStream, number> = { stdin: 0, stdout: 1, stderr: 2, system: 3 };
const NAMES: readonly FrameStream[] = ["stdin", "stdout", "stderr", "system"];

/** Writes a frame's header at `at` of `target`. */
export function writeFrameHeader(target: Uint8Array, at: number, stream: FrameStream, length: number): void {
  target[at] = NUMBERS[stream];
  target[at + 1] = target[at + 2] = target[at + 3] = 0;
  target[at + 4] = length >>> 24;
  target[at + 5] = length >>> 16;
  target[at + 6] = length >>> 8;
  target[at + 7] = length;
}

/** One frame with a copy of `data`. */
export function encodeFrame(stream: FrameStream, data: Uint8Array): Uint8Array {
  const frame = new Uint8Array(FRAME_HEADER + data.byteLength);
  writeFrameHeader(frame, 0, stream, data.byteLength);
  frame.set(data, FRAME_HEADER);
  return frame;
}

export interface Frame {
  readonly stream: FrameStream;
  /** A piece of the frame's payload: a long frame comes in several. */
  readonly data: Uint8Array;
}

/**
 * Takes a multiplexed stream apart, however it is cut into pieces. Payload is handed on as it comes, so that a frame's
 * announced length, which the other side chooses, never decides how much memory is held.
 */
export class FrameDecoder {
  readonly #header = new Uint8Array(FRAME_HEADER);
  #have = 0;
  #stream: FrameStream = "stdout";
  #left = 0;

  /** True between frames: a stream that ends elsewhere was cut off. */
  get complete(): boolean {
    return this.#have === 0 && this.#left === 0;
  }

  /** The payload in the next piece of the stream; views of `bytes`. @throws invalid when it is no such stream */
  decode(bytes: Uint8Array): Frame[] {
    const frames: Frame[] = [];
    let at = 0;
    while (at < bytes.byteLength) {
      if (this.#left > 0) {
        const data = bytes.subarray(at, at + this.#left);
        at += data.byteLength;
        this.#left -= data.byteLength;
        frames.push({ stream: this.#stream, data });
        continue;
      }
      const taken = bytes.subarray(at, at + FRAME_HEADER - this.#have);
      this.#header.set(taken, this.#have);
      this.#have += taken.byteLength;
      at += taken.byteLength;
      if (this.#have === FRAME_HEADER) this.#begin();
    }
    return frames;
  }

  #begin(): void {
    const [number = 0, a, b, c] = this.#header;
    const stream = NAMES[number];
    if (stream === undefined || a || b || c) throw invalid("not a multiplexed stream: bad frame header");
    this.#stream = stream;
    this.#left = new DataView(this.#header.buffer).getUint32(4);
    this.#have = 0;
  }
}
