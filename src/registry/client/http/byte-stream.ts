import type { Socket } from "node:net";
import type { ReplySource } from "../../../core/index.ts";
import { connectionLost, TransportError } from "./transport-error.ts";

/** Reading pauses above this many unread bytes, so that a slow reader holds the sender back. */
const HIGH_WATER = 1 << 20;

interface Waiter {
  resolve: () => void;
  reject: (error: Error) => void;
  timer: Timer | undefined;
}

/**
 * A connected socket, read by pulling. Neither side of it waits longer than its limit without a byte.
 * node:net and not fetch: half the processor time per byte, nothing decoded or sent twice behind one's back.
 */
export class ByteStream implements ReplySource {
  #chunks: Uint8Array[] = [];
  #buffered = 0;
  #ended = false;
  #paused = false;
  #failure: Error | undefined;
  #reader: Waiter | undefined;
  #writer: Waiter | undefined;
  #readLimit: number;
  readonly #undo: () => void;

  /** @param stall ms without a byte after which a waiting read or write fails */
  constructor(
    private readonly socket: Socket,
    private readonly where: string,
    private readonly stall: number,
  ) {
    this.#readLimit = stall;
    const data = (bytes: Uint8Array) => this.#received(bytes);
    const end = () => this.#finish();
    const close = () => this.#closed(undefined);
    const error = (cause: Error) => this.#closed(cause);
    socket.on("data", data).on("end", end).on("close", close).on("error", error);
    this.#undo = () => socket.off("data", data).off("end", end).off("close", close).off("error", error);
  }

  #received(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#buffered += bytes.length;
    if (this.#buffered > HIGH_WATER && !this.#paused) {
      this.#paused = true;
      this.socket.pause();
    }
    settle(this.#reader);
    this.#reader = undefined;
  }

  #finish(): void {
    this.#ended = true;
    settle(this.#reader);
    this.#reader = undefined;
  }

  #closed(cause: Error | undefined): void {
    if (cause && !this.#ended) this.#failure ??= connectionLost(this.where, cause);
    const writer = this.#writer;
    this.#writer = undefined;
    settle(writer, this.#failure ?? this.broken("the server closed the connection", true));
    this.#finish();
  }

  broken(message: string, early = false): TransportError {
    return new TransportError(early ? "cut" : "malformed", `${this.where}: ${message}`);
  }

  /** How long a read may wait for a byte, in ms; 0: without end (while a long request body is on its way). */
  set readLimit(ms: number) {
    this.#readLimit = ms;
    if (!this.#reader) return;
    clearTimeout(this.#reader.timer);
    this.#reader.timer = this.#timer(ms);
  }

  #timer(ms: number): Timer | undefined {
    if (ms === 0) return undefined;
    return setTimeout(() => {
      const seconds = Math.round(ms / 1000);
      this.destroy(new TransportError("stalled", `${this.where}: nothing moved for ${seconds} s`));
    }, ms);
  }

  /** The next bytes; undefined at the end of the stream. One reader at a time. @throws TransportError */
  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk) {
        this.#buffered -= chunk.length;
        if (this.#paused && this.#buffered < HIGH_WATER / 2) {
          this.#paused = false;
          this.socket.resume();
        }
        return chunk;
      }
      if (this.#failure) throw this.#failure;
      if (this.#ended) return undefined;
      await new Promise<void>((resolve, reject) => {
        this.#reader = { resolve, reject, timer: this.#timer(this.#readLimit) };
      });
    }
  }

  unread(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.unshift(bytes);
    this.#buffered += bytes.length;
  }

  /** Resolves when there is room for more. One writer at a time. @throws TransportError when the connection is gone */
  async write(bytes: Uint8Array): Promise<void> {
    if (this.#failure) throw this.#failure;
    if (this.socket.destroyed || !this.socket.writable)
      throw this.broken("the server closed the connection", true);
    if (this.socket.write(bytes)) return;
    await new Promise<void>((resolve, reject) => {
      const waiter: Waiter = { resolve, reject, timer: this.#timer(this.stall) };
      this.#writer = waiter;
      this.socket.once("drain", () => {
        if (this.#writer === waiter) this.#writer = undefined;
        settle(waiter);
      });
    });
  }

  /** Closes both halves at once; who waits gets `error`. */
  destroy(error?: Error): void {
    if (error) this.#failure ??= error;
    this.#chunks = [];
    this.#buffered = 0;
    this.#closed(undefined);
    this.socket.destroy();
  }

  /** True when it can still carry a request: open, and nothing unexpected has arrived. */
  get idle(): boolean {
    return !this.#ended && !this.#failure && this.#buffered === 0 && !this.socket.destroyed;
  }

  /** Whether the process may end while this connection is open. */
  hold(held: boolean): void {
    if (held) this.socket.ref();
    else this.socket.unref();
    this.#readLimit = this.stall;
  }

  /** Gives the socket away, to speak TLS over it. @throws TransportError when bytes came that were not asked for */
  release(): Socket {
    this.#undo();
    if (!this.idle) throw this.broken("the proxy sent more than an answer");
    return this.socket;
  }
}

function settle(waiter: Waiter | undefined, error?: Error): void {
  if (!waiter) return;
  clearTimeout(waiter.timer);
  if (error) waiter.reject(error);
  else waiter.resolve();
}
