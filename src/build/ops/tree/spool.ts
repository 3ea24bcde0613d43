import { readSync, unlinkSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";

const BUFFER = 1 << 20;
const SMALL = 1 << 16;

/**
 * A file without a name, to be written once from start to end and then read anywhere. It vanishes with the process,
 * however that ends.
 */
export class Spool implements AsyncDisposable {
  readonly #file: FileHandle;
  #buffer: Uint8Array | undefined = new Uint8Array(BUFFER);
  #filled = 0;
  #flushed = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** @param path a name that is free; it is used for a moment only */
  static async create(path: string): Promise<Spool> {
    const file = await open(path, "wx+", 0o600);
    unlinkSync(path);
    return new Spool(file);
  }

  /** Where the next byte goes. */
  get position(): number {
    return this.#flushed + this.#filled;
  }

  async write(bytes: Uint8Array): Promise<void> {
    const buffer = this.#buffer ?? new Uint8Array(BUFFER);
    this.#buffer = buffer;
    for (let done = 0; done < bytes.byteLength; ) {
      const part = bytes.subarray(done, done + buffer.byteLength - this.#filled);
      buffer.set(part, this.#filled);
      this.#filled += part.byteLength;
      done += part.byteLength;
      if (this.#filled === buffer.byteLength) await this.#flush(buffer);
    }
  }

  async #flush(buffer: Uint8Array): Promise<void> {
    for (let done = 0; done < this.#filled; ) {
      const { bytesWritten } = await this.#file.write(
        buffer,
        done,
        this.#filled - done,
        this.#flushed + done,
      );
      done += bytesWritten;
    }
    this.#flushed += this.#filled;
    this.#filled = 0;
  }

  /** Ends the writing. */
  async finish(): Promise<void> {
    if (this.#buffer) await this.#flush(this.#buffer);
    this.#buffer = undefined;
  }

  async *read(offset: number, length: number): AsyncGenerator<Uint8Array, void, void> {
    if (length > 0 && length <= SMALL) {
      // What was written a moment ago is in memory; a round trip through the thread pool costs more than the copy.
      const whole = new Uint8Array(length);
      if (readSync(this.#file.fd, whole, 0, length, offset) === length) {
        yield whole;
        return;
      }
    }
    for (let done = 0; done < length; ) {
      const piece = new Uint8Array(Math.min(BUFFER, length - done));
      const { bytesRead } = await this.#file.read(piece, 0, piece.byteLength, offset + done);
      if (bytesRead === 0) throw new Error("a temporary file ended too early");
      yield piece.subarray(0, bytesRead);
      done += bytesRead;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }
}
