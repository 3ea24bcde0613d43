import { invalid } from "../../core/index.ts";
import { ChunkedDecoder } from "./chunked.ts";
import type { Framing } from "./head.ts";
import type { Wire } from "./wire.ts";

const CONTINUE = Buffer.from("HTTP/1.1 100 Continue\r\n\r\n");

/** How much of a body that no handler wanted is read to keep the connection. */
export const DISCARD_LIMIT = 256 * 1024;

/** The body of one request, pulled from the wire as it is wanted. */
export class RequestBody implements AsyncIterable<Uint8Array> {
  /** Everything has been read. */
  done: boolean;
  readonly framing: Framing;

  readonly #wire: Wire;
  readonly #decoder: ChunkedDecoder | undefined;
  #expectsContinue: boolean;
  #left: number;
  #ready: Buffer[] = [];
  #received = 0;
  #discardBudget = 0;
  #discarding: Promise<boolean> | undefined;

  constructor(wire: Wire, framing: Framing, expectsContinue: boolean) {
    this.#wire = wire;
    this.framing = framing;
    this.#expectsContinue = expectsContinue && framing.kind !== "none";
    this.#decoder = framing.kind === "chunked" ? new ChunkedDecoder() : undefined;
    this.#left = framing.kind === "length" ? framing.length : 0;
    this.done = framing.kind === "none";
  }

  /** The client waits for `100 Continue` and may never send the body. */
  get awaitsContinue(): boolean {
    return this.#expectsContinue;
  }

  /** Bytes that are still to come, as far as the request has said. */
  get remaining(): number {
    if (this.done) return 0;
    return this.#decoder ? Number.POSITIVE_INFINITY : this.#left;
  }

  /** The next piece; undefined at the end. @throws invalid when the client stops in the middle; HttpError */
  async read(): Promise<Buffer | undefined> {
    for (;;) {
      const ready = this.#ready.shift();
      if (ready) return ready;
      if (this.done) return undefined;
      this.#sendContinue();
      const piece = await this.#wire.read();
      if (!piece) {
        this.done = true;
        throw invalid(
          `the request's body ended early, after ${this.#received} bytes: the upload was cut off`,
        );
      }
      this.#accept(piece);
    }
  }

  /** Everything at once. @throws invalid when it has more than `limit` bytes, or the client stops in the middle */
  async whole(limit: number): Promise<Buffer> {
    const pieces: Buffer[] = [];
    let size = 0;
    for (let piece = await this.read(); piece; piece = await this.read()) {
      pieces.push(piece);
      size += piece.length;
      if (size > limit) throw invalid(`the request's body has more than ${limit} bytes`);
    }
    return Buffer.concat(pieces);
  }

  /** Puts back the unused end of a piece that `read` gave. */
  unread(piece: Buffer): void {
    if (piece.length > 0) this.#ready.unshift(piece);
  }

  /**
   * Reads the rest and forgets it, up to `limit` bytes. False when there is more, or the client is gone. A discard that
   * is under way goes on with the new limit.
   */
  discard(limit: number): Promise<boolean> {
    this.#discardBudget = limit;
    this.#discarding ??= this.#discardAll();
    return this.#discarding;
  }

  /** As `discard`, but only of what has arrived already. */
  discardNow(): void {
    while (!this.done) {
      const piece = this.#wire.takeNow();
      if (!piece) return;
      this.#accept(piece);
      this.#ready = [];
    }
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (let piece = await this.read(); piece; piece = await this.read()) yield piece;
    } finally {
      // A reader that stops early (the end of an archive) must not leave the wire paused: the client's going away
      // would then go unseen.
      if (!this.done) void this.discard(Number.POSITIVE_INFINITY);
    }
  }

  async #discardAll(): Promise<boolean> {
    try {
      while (this.#discardBudget >= 0) {
        const piece = await this.read();
        if (!piece) return true;
        this.#discardBudget -= piece.length;
      }
    } catch {
      // What a client fails to send of a body nobody wants is no concern of ours.
    }
    return false;
  }

  #accept(piece: Buffer): void {
    this.#received += piece.length;
    if (this.#decoder) {
      this.#ready = this.#decoder.feed(piece);
      if (this.#decoder.done) {
        this.done = true;
        this.#wire.unread(this.#decoder.rest);
      }
      return;
    }
    const mine = piece.length > this.#left ? piece.subarray(0, this.#left) : piece;
    this.#left -= mine.length;
    this.#ready = mine.length > 0 ? [mine] : [];
    if (this.#left === 0) {
      this.done = true;
      this.#wire.unread(piece.subarray(mine.length));
    }
  }

  #sendContinue(): void {
    if (!this.#expectsContinue) return;
    this.#expectsContinue = false;
    this.#wire.push(CONTINUE);
  }
}
