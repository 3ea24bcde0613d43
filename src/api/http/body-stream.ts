import type { Wire } from "./wire.ts";

const LAST_CHUNK = Buffer.from("0\r\n\r\n");
const CRLF = Buffer.from("\r\n");

/** The body of a reply while it is being written. */
export class BodyStream {
  readonly #wire: Wire;
  readonly #chunked: boolean;
  readonly #mute: boolean;
  #ended = false;

  constructor(wire: Wire, chunked: boolean, mute: boolean) {
    this.#wire = wire;
    this.#chunked = chunked;
    this.#mute = mute;
  }

  /** The client is gone: nothing written arrives any more. */
  get closed(): boolean {
    return this.#wire.closed;
  }

  /** Bytes written that still wait for the client. */
  get pending(): number {
    return this.#wire.pending;
  }

  /** Sends; false asks the caller to wait for `drained`. */
  push(data: Uint8Array): boolean {
    if (data.byteLength === 0 || this.#mute || this.#ended) return true;
    if (!this.#chunked) return this.#wire.push(data);
    const size = Buffer.from(`${data.byteLength.toString(16)}\r\n`);
    return this.#wire.push(Buffer.concat([size, data, CRLF]));
  }

  drained(): Promise<void> {
    return this.#wire.drained();
  }

  /** Sends, and resolves when the client keeps up. */
  async write(data: Uint8Array): Promise<void> {
    if (!this.push(data)) await this.drained();
  }

  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    if (this.#chunked && !this.#mute) this.#wire.push(LAST_CHUNK);
  }
}
