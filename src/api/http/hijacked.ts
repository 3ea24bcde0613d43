import type { RequestBody } from "./request-body.ts";
import type { Wire } from "./wire.ts";

/** A connection that has left HTTP: raw bytes both ways, each half with an end of its own. */
export class Hijacked {
  readonly #wire: Wire;
  readonly #chunkedInput: RequestBody | undefined;

  /** With `chunkedInput`, what the client sends still comes as the chunks of its open request body. */
  constructor(wire: Wire, chunkedInput: RequestBody | undefined) {
    this.#wire = wire;
    this.#chunkedInput = chunkedInput;
  }

  get closed(): boolean {
    return this.#wire.closed;
  }

  /** The next bytes from the client; undefined when it has ended its half or is gone. */
  async read(): Promise<Uint8Array | undefined> {
    if (!this.#chunkedInput) return this.#wire.read();
    try {
      return await this.#chunkedInput.read();
    } catch {
      // The chunked body ended without its last chunk: the end of input all the same.
      return undefined;
    }
  }

  /** Sends; false asks the caller to wait for `drained`. */
  push(data: Uint8Array): boolean {
    return this.#wire.push(data);
  }

  drained(): Promise<void> {
    return this.#wire.drained();
  }

  /** Ends our half; the connection closes once the client has ended its own, or shortly after. */
  end(): void {
    this.#wire.end();
  }
}
