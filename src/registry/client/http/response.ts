import { concat, invalid, type ResponseHead, readBody } from "../../../core/index.ts";
import type { ByteStream } from "./byte-stream.ts";

/** What is read of a reply nobody wants, to keep its connection; a longer one costs the connection. */
const DRAIN_AT_MOST = 64 * 1024;

/** What an exchange knows of its connection. */
export interface Held {
  readonly stream: ByteStream;
  /** Called once when the reply is over. @param reusable the connection can carry another request */
  readonly done: (reusable: boolean) => void;
}

/** A reply whose head is read. Its body is read once, or discarded; either gives the connection back. */
export class HttpResponse {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  #taken = false;

  constructor(
    private readonly method: string,
    readonly url: URL,
    private readonly head: ResponseHead,
    private readonly held: Held,
  ) {
    this.status = head.status;
    this.headers = head.headers;
  }

  /** As it arrives; nothing is read that is not asked for. @throws TransportError when it stops early */
  async *body(): AsyncGenerator<Uint8Array, void> {
    if (this.#taken) return;
    this.#taken = true;
    let reusable = false;
    try {
      reusable = yield* readBody(this.held.stream, this.method, this.head);
    } finally {
      this.held.done(reusable);
    }
  }

  /** The whole body. @throws invalid when it has more than `limit` bytes; the rest is not read */
  async bytes(limit: number, what: string): Promise<Uint8Array> {
    const chunks: Uint8Array[] = [];
    // The length of a reply to HEAD is that of a body that does not come.
    let size = this.method === "HEAD" ? 0 : Number(this.headers.get("content-length") ?? 0);
    if (!(size > limit)) {
      size = 0;
      for await (const chunk of this.body()) {
        chunks.push(chunk);
        size += chunk.length;
        if (size > limit) break;
      }
    }
    if (size <= limit) return concat(chunks);
    this.close();
    throw invalid(`${what} is larger than ${limit} bytes`);
  }

  /** For a reply of which the head says all. */
  async discard(): Promise<void> {
    try {
      await this.bytes(DRAIN_AT_MOST, "reply");
    } catch {
      this.close();
    }
  }

  /** Gives up the rest, and the connection with it. */
  close(): void {
    if (this.#taken) return;
    this.#taken = true;
    this.held.done(false);
  }
}
