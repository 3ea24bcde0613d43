import { invalid } from "../../core/index.ts";

/** Bytes that are read by exact counts. */
export interface Source {
  /** Bytes taken so far. */
  readonly offset: number;
  /** `count` bytes if they are at hand without waiting. */
  takeNow(count: number): Uint8Array | undefined;
  /** Passes over `count` bytes if that needs no waiting. */
  skipNow(count: number): boolean;
  /** Exactly `count` bytes, or undefined when the source has ended before the first of them. @throws invalid */
  take(count: number, what: string): Promise<Uint8Array | undefined>;
  /** At least one byte and at most `limit`. @throws invalid when the source has ended */
  some(limit: number, what: string): Promise<Uint8Array>;
  /** @throws invalid when the source ends before */
  skip(count: number, what: string): Promise<void>;
  /** Skips `count` bytes, or as many as there are; false when there were fewer. */
  skipFilling(count: number): Promise<boolean>;
  /** Reads to the end, so that whoever checks the source (a decompressor, a digest) has seen all of it. */
  drain(): Promise<void>;
  close(): Promise<void>;
}

/** Of an archive that ends too early. */
export function truncated(what: string, size: number) {
  return invalid(`tar archive is truncated in ${what}: it ends after ${size} bytes`);
}

/** Reads a stream by exact counts, holding no more than one piece of it (or the count asked for). */
export class ByteSource implements Source {
  readonly #iterator: AsyncIterator<Uint8Array>;
  #piece: Uint8Array = new Uint8Array(0);
  #ended = false;
  /** Bytes taken so far. */
  offset = 0;

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#iterator = source[Symbol.asyncIterator]();
  }

  takeNow(count: number): Uint8Array | undefined {
    return this.#piece.byteLength >= count ? this.#cut(count) : undefined;
  }

  skipNow(count: number): boolean {
    return this.takeNow(count) !== undefined;
  }

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

  async some(limit: number, what: string): Promise<Uint8Array> {
    if (this.#piece.byteLength === 0 && !(await this.#fill())) {
      throw truncated(what, this.offset);
    }
    return this.#cut(Math.min(limit, this.#piece.byteLength));
  }

  async skip(count: number, what: string): Promise<void> {
    for (let left = count; left > 0; ) left -= (await this.some(left, what)).byteLength;
  }

  async skipFilling(count: number): Promise<boolean> {
    let left = count;
    while (left > 0 && (this.#piece.byteLength > 0 || (await this.#fill()))) {
      left -= this.#cut(Math.min(left, this.#piece.byteLength)).byteLength;
    }
    return left === 0;
  }

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
