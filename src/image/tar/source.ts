import { invalid } from "../../core/index.ts";

/** Reads a stream by exact counts, holding no more than one piece of it (or the count asked for). */
export class ByteSource {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);
  #ended = false;
  /** Bytes taken so far. */
  offset = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  /** `count` bytes if they are at hand without waiting. */
  takeNow(count: number): Uint8Array | undefined {
    return this.#piece.byteLength >= count ? this.#cut(count) : undefined;
  }

  /** Exactly `count` bytes, or undefined when the stream has ended before the first of them. @throws invalid */
  async take(count: number, what: string): Promise<Uint8Array | undefined> {
    if (this.#piece.byteLength === 0 && !(await this.#fill())) return undefined;
    if (this.#piece.byteLength >= count) return this.#cut(count);
    const whole = new Uint8Array(count);
    for (let have = 0; have < count; ) {
      const part = await this.some(count - have, what);
      whole.set(part, have);
      have += part.byteLength;
    }
    return whole;
  }

  /** At least one byte and at most `limit`. @throws invalid when the stream has ended */
  async some(limit: number, what: string): Promise<Uint8Array> {
    if (this.#piece.byteLength === 0 && !(await this.#fill())) {
      throw invalid(`tar archive is truncated in ${what}: it ends after ${this.offset} bytes`);
    }
    return this.#cut(Math.min(limit, this.#piece.byteLength));
  }

  /** @throws invalid when the stream ends before */
  async skip(count: number, what: string): Promise<void> {
    for (let left = count; left > 0; ) left -= (await this.some(left, what)).byteLength;
  }

  /** Skips `count` bytes, or as many as there are; false when there were fewer. */
  async skipFilling(count: number): Promise<boolean> {
    let left = count;
    while (left > 0 && (this.#piece.byteLength > 0 || (await this.#fill()))) {
      left -= this.#cut(Math.min(left, this.#piece.byteLength)).byteLength;
    }
    return left === 0;
  }

  /** Reads to the end, so that whoever checks the stream (a decompressor, a digest) has seen all of it. */
  async drain(): Promise<void> {
    do {
      this.#cut(this.#piece.byteLength);
    } while (await this.#fill());
  }

  async close(): Promise<void> {
    if (this.#ended) return;
    this.#ended = true;
    await this.#iterator.return?.();
  }

  #cut(count: number): Uint8Array {
    const part = this.#piece.subarray(0, count);
    this.#piece = this.#piece.subarray(count);
    this.offset += count;
    return part;
  }

  async #fill(): Promise<boolean> {
    while (!this.#ended) {
      const { done, value } = await this.#iterator.next();
      if (done) {
        this.#ended = true;
        break;
      }
      if (value.byteLength > 0) {
        this.#piece = value;
        return true;
      }
    }
    return false;
  }
}
