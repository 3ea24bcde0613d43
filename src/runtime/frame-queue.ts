import type { OutputFrame } from "./types.ts";

const HIGH_WATER = 512 * 1024;
const LOW_WATER = 128 * 1024;

/**
 * Output on its way to one reader. `push` never refuses; when more than half a mebibyte waits the source is asked to
 * pause, and to go on when most of it has been read.
 */
export class FrameQueue implements AsyncIterable<OutputFrame> {
  #frames: OutputFrame[] = [];
  #next = 0;
  #bytes = 0;
  #ended = false;
  #paused = false;
  #wake: (() => void) | undefined;

  constructor(private readonly source: { pause(): void; resume(): void }) {}

  get paused(): boolean {
    return this.#paused;
  }

  push(frame: OutputFrame): void {
    if (this.#ended) return;
    this.#frames.push(frame);
    this.#bytes += frame.data.byteLength;
    this.#notify();
    if (!this.#paused && this.#bytes > HIGH_WATER) {
      this.#paused = true;
      this.source.pause();
    }
  }

  /** No more is pushed; what waits can still be read. */
  end(): void {
    this.#ended = true;
    this.#notify();
  }

  /** Ends, and drops what waits. */
  discard(): void {
    this.#frames = [];
    this.#next = 0;
    this.#bytes = 0;
    this.end();
    this.#resume();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<OutputFrame> {
    for (;;) {
      const frame = this.#take();
      if (frame) yield frame;
      else if (this.#ended) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }

  #take(): OutputFrame | undefined {
    const frame = this.#frames[this.#next];
    if (!frame) return undefined;
    this.#next++;
    this.#bytes -= frame.data.byteLength;
    if (this.#next === this.#frames.length) {
      this.#frames = [];
      this.#next = 0;
    }
    if (this.#paused && this.#bytes <= LOW_WATER) this.#resume();
    return frame;
  }

  #resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    this.source.resume();
  }

  #notify(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
