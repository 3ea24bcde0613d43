import type { BlobSource } from "../types.ts";

/** A place in a blob's source: what is taken goes on where the last piece ended, without opening the source again. */
export class SourceCursor {
  #at = 0;
  #open: AsyncIterator<Uint8Array> | undefined;
  #left: Uint8Array | undefined;
  /** Number of the latest `take`: one before it that still waits for the source has no say any more. */
  #turn = 0;

  constructor(
    private readonly source: BlobSource,
    private readonly onMove: (at: number) => void,
  ) {}

  /** `length` bytes from `start` on; fewer when the source ends, for the caller to notice. */
  async *take(start: number, length: number): AsyncGenerator<Uint8Array, void> {
    this.#turn++;
    const turn = this.#turn;
    await this.#seek(start);
    const end = start + length;
    while (this.#at < end) {
      const piece = this.#left ?? (await this.#next());
      if (!piece || turn !== this.#turn) return;
      this.#left = undefined;
      const part = piece.subarray(0, end - this.#at);
      if (part.length < piece.length) this.#left = piece.subarray(part.length);
      this.#at += part.length;
      yield part;
      this.onMove(this.#at);
    }
  }

  async #seek(start: number): Promise<void> {
    if (this.#open && this.#at === start) return;
    await this.#close();
    this.#at = start;
    this.#open = this.source.read(start)[Symbol.asyncIterator]();
  }

  async #next(): Promise<Uint8Array | undefined> {
    const result = await this.#open?.next();
    return result?.done ? undefined : result?.value;
  }

  /** Lets go of the source. */
  close(): Promise<void> {
    this.#turn++;
    return this.#close();
  }

  async #close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    this.#left = undefined;
    await open?.return?.();
  }
}
