import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { type Source, truncated } from "./source.ts";

/** Enough for a header with the extended headers that usually come before it. */
const WINDOW = 1 << 13;
/** Content is read in pieces of at most this size. */
const PIECE = 1 << 20;

/**
 * Reads a file by exact counts as `ByteSource` reads a stream, but jumps over what is skipped instead of reading it.
 * What `take` and `takeNow` hand out is to be used before the next call. The file must not change meanwhile.
 */
export class FileSource implements Source {
  readonly #fd: number;
  readonly #size: number;
  readonly #window = Buffer.allocUnsafeSlow(WINDOW);
  /** Where the window's bytes lie in the file. */
  #from = 0;
  #to = 0;
  offset = 0;

  constructor(path: string) {
    this.#fd = openSync(path, "r");
    this.#size = fstatSync(this.#fd).size;
  }

  takeNow(count: number): Uint8Array | undefined {
    if (count > WINDOW || count > this.#size - this.offset) return undefined;
    if (this.offset < this.#from || this.offset + count > this.#to) {
      this.#from = this.offset;
      this.#to = this.offset + this.#read(this.#window, this.offset);
      if (this.#to < this.offset + count) return undefined;
    }
    const at = this.offset - this.#from;
    this.offset += count;
    return this.#window.subarray(at, at + count);
  }

  skipNow(count: number): boolean {
    if (count > this.#size - this.offset) return false;
    this.offset += count;
    return true;
  }

  async take(count: number, what: string): Promise<Uint8Array | undefined> {
    if (this.offset >= this.#size) return undefined;
    const near = this.takeNow(count);
    if (near) return near;
    const whole = new Uint8Array(Math.min(count, this.#size - this.offset));
    this.offset += this.#read(whole, this.offset);
    if (whole.byteLength < count) throw truncated(what, this.offset);
    return whole;
  }

  async some(limit: number, what: string): Promise<Uint8Array> {
    const piece = new Uint8Array(Math.min(limit, PIECE, Math.max(0, this.#size - this.offset)));
    const count = this.#read(piece, this.offset);
    if (count === 0) throw truncated(what, this.offset);
    this.offset += count;
    return piece.subarray(0, count);
  }

  async skip(count: number, what: string): Promise<void> {
    if (this.skipNow(count)) return;
    this.offset = this.#size;
    throw truncated(what, this.offset);
  }

  async skipFilling(count: number): Promise<boolean> {
    if (this.skipNow(count)) return true;
    this.offset = this.#size;
    return false;
  }

  /** Nobody waits for the rest of a file. */
  async drain(): Promise<void> {}

  async close(): Promise<void> {
    closeSync(this.#fd);
  }

  #read(into: Uint8Array, at: number): number {
    let done = 0;
    while (done < into.byteLength) {
      const count = readSync(this.#fd, into, done, into.byteLength - done, at + done);
      if (count === 0) break;
      done += count;
    }
    return done;
  }
}
