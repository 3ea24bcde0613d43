/** What a Wire needs of a socket; Bun's TCP, unix and TLS sockets all have it. */
export interface RawSocket {
  /** Bytes taken, which may be fewer than given; -1 when the socket is gone. Nothing is kept of the rest. */
  write(data: Uint8Array): number;
  pause(): unknown;
  resume(): unknown;
  /** Ends the sending half. Bun's own optional argument must stay away: with it, the RECEIVING half is ended. */
  shutdown(): unknown;
  end(): unknown;
  terminate(): unknown;
}

/** Unread input above this stops reading from the socket, so that a fast sender is held back by the kernel. */
const INPUT_HIGH_WATER = 256 * 1024;
/** How long the peer may take to close after we have said goodbye; a socket closed on unread input loses our reply. */
const LINGER_MS = 500;

/**
 * A connection as two byte streams: input is pulled, output is pushed and says when to wait. Each half ends by
 * itself (`end` of ours, `ended` by the peer), as hijacked streams need.
 */
export class Wire {
  /** The peer has ended its sending half; it may still read. Called once, at the latest before `onClose`. */
  onEnd: (() => void) | undefined;
  /** The connection is gone in both directions. */
  onClose: (() => void) | undefined;
  ended = false;
  closed = false;

  readonly #socket: RawSocket;
  #input: Buffer[] = [];
  #inputBytes = 0;
  #paused = false;
  #reader: ((chunk: Buffer | undefined) => void) | undefined;
  #output: Buffer[] = [];
  #outputBytes = 0;
  #drain: PromiseWithResolvers<void> | undefined;
  #finishing = false;
  #lingering: Timer | undefined;

  constructor(socket: RawSocket) {
    this.#socket = socket;
  }

  /** Bytes given to `push` that the kernel has not taken yet. */
  get pending(): number {
    return this.#outputBytes;
  }

  /** The next piece of input; undefined once the peer has ended or is gone. One reader at a time. */
  read(): Promise<Buffer | undefined> {
    const chunk = this.takeNow();
    if (chunk || this.ended || this.closed) return Promise.resolve(chunk);
    const { promise, resolve } = Promise.withResolvers<Buffer | undefined>();
    this.#reader = resolve;
    return promise;
  }

  /** Lets a waiting `read` return undefined. */
  cancelRead(): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.(undefined);
  }

  /** A piece of input that is here already. */
  takeNow(): Buffer | undefined {
    const chunk = this.#input.shift();
    if (!chunk) return undefined;
    this.#inputBytes -= chunk.length;
    if (this.#paused && this.#inputBytes < INPUT_HIGH_WATER && !this.closed) {
      this.#paused = false;
      this.#socket.resume();
    }
    return chunk;
  }

  /** Puts back what was read too far. */
  unread(chunk: Buffer): void {
    if (chunk.length === 0) return;
    this.#input.unshift(chunk);
    this.#inputBytes += chunk.length;
  }

  /** Sends; false asks the caller to wait for `drained` before it sends more. Bytes for a gone peer are dropped. */
  push(data: Uint8Array): boolean {
    if (this.closed || this.#finishing) return true;
    let taken = 0;
    if (this.#outputBytes === 0) {
      taken = this.#socket.write(data);
      if (taken < 0) return true;
      if (taken >= data.byteLength) return true;
    }
    // A copy, because callers reuse their buffers.
    const rest = Buffer.from(data.subarray(taken));
    this.#output.push(rest);
    this.#outputBytes += rest.length;
    return false;
  }

  /** Resolves when everything pushed has left, or the peer is gone. */
  drained(): Promise<void> {
    if (this.#outputBytes === 0 || this.closed) return Promise.resolve();
    this.#drain ??= Promise.withResolvers<void>();
    return this.#drain.promise;
  }

  /** Ends our half after what was pushed, then waits a moment for the peer to end its own. */
  end(): void {
    if (this.#finishing || this.closed) return;
    this.#finishing = true;
    if (this.#outputBytes === 0) this.#goodbye();
  }

  /** Cuts the connection at once. */
  destroy(): void {
    if (!this.closed) this.#socket.terminate();
  }

  received(data: Buffer): void {
    if (this.#lingering) return;
    if (this.#reader) {
      const reader = this.#reader;
      this.#reader = undefined;
      reader(data);
      return;
    }
    this.#input.push(data);
    this.#inputBytes += data.length;
    if (this.#inputBytes >= INPUT_HIGH_WATER && !this.#paused) {
      this.#paused = true;
      this.#socket.pause();
    }
  }

  writable(): void {
    while (this.#output.length > 0) {
      const first = this.#output[0] as Buffer;
      const taken = this.#socket.write(first);
      if (taken <= 0) return;
      this.#outputBytes -= taken;
      if (taken < first.length) {
        this.#output[0] = first.subarray(taken);
        return;
      }
      this.#output.shift();
    }
    this.#releaseDrain();
    if (this.#finishing) this.#goodbye();
  }

  peerEnded(): void {
    if (this.ended) return;
    this.ended = true;
    this.cancelRead();
    this.onEnd?.();
    if (this.#lingering) this.#socket.end();
  }

  peerClosed(): void {
    if (this.closed) return;
    this.peerEnded();
    this.closed = true;
    clearTimeout(this.#lingering);
    this.#output = [];
    this.#outputBytes = 0;
    this.#releaseDrain();
    this.onClose?.();
  }

  #goodbye(): void {
    if (this.#lingering) return;
    if (this.ended) {
      this.#socket.end();
      return;
    }
    this.#lingering = setTimeout(() => this.#socket.terminate(), LINGER_MS);
    this.#input = [];
    this.cancelRead();
    if (this.#paused) this.#socket.resume();
    this.#socket.shutdown();
  }

  #releaseDrain(): void {
    this.#drain?.resolve();
    this.#drain = undefined;
  }
}
