import { writeSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { type Digest, Digester } from "../../core/index.ts";

const SIZE = 1 << 20;

/** A new file that is written from its start to its end, in pieces of up to one MiB, and hashed on the way. */
export class Output implements AsyncDisposable {
  readonly bytes = Buffer.alloc(SIZE);
  readonly #file: FileHandle;
  readonly #digester = new Digester();
  #used = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async create(path: string): Promise<Output> {
    return new Output(await open(path, "wx", 0o600));
  }

  /** Bytes so far. */
  get length(): number {
    return this.#digester.size + this.#used;
  }

  /** Where in `bytes` the next `count` bytes (at most 1 MiB), zeros now, are to be put before the next call. */
  take(count: number): number {
    if (this.#used + count > SIZE) this.#flush();
    const at = this.#used;
    this.#used += count;
    this.bytes.fill(0, at, this.#used);
    return at;
  }

  append(bytes: Uint8Array): void {
    this.bytes.set(bytes, this.take(bytes.byteLength));
  }

  /** Zeros up to this length. */
  fillTo(length: number): void {
    this.take(length - this.length);
  }

  /** Everything is on the disk. */
  async finish(): Promise<Digest> {
    this.#flush();
    await this.#file.sync();
    return this.#digester.digest();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#file.close();
  }

  #flush(): void {
    const piece = this.bytes.subarray(0, this.#used);
    for (let done = 0; done < piece.byteLength; ) {
      done += writeSync(this.#file.fd, piece, done, piece.byteLength - done);
    }
    this.#digester.update(piece);
    this.#used = 0;
  }
}
