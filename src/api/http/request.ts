import type { RequestHead } from "./head.ts";
import type { RequestBody } from "./request-body.ts";
import type { Wire } from "./wire.ts";

/** One request: its head, its body still to be read, and whether its client is still there. */
export class Request {
  readonly head: RequestHead;
  readonly body: RequestBody;
  readonly #wire: Wire;
  #controller: AbortController | undefined;
  #aborted = false;
  /** The client may end its sending half and still be there: the request is for a stream of its own. */
  halfCloseExpected = false;

  constructor(wire: Wire, head: RequestHead, body: RequestBody) {
    this.#wire = wire;
    this.head = head;
    this.body = body;
  }

  /**
   * Aborts when the client is gone. A client that ends its sending half has given up on its request, unless
   * `halfCloseExpected`, where that is the end of input.
   */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    this.wireChanged();
    if (this.#aborted) this.#controller.abort();
    return this.#controller.signal;
  }

  /** To be called when the wire has ended or closed. */
  wireChanged(): void {
    const gone = this.#wire.closed || (this.#wire.ended && !this.halfCloseExpected);
    if (gone) this.abort();
  }

  /** Stops the handler: the client is gone, or the server closes. */
  abort(): void {
    this.#aborted = true;
    this.#controller?.abort();
  }
}
