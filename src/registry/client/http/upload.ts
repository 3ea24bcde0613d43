import { internal } from "../../../core/index.ts";
import type { ByteStream } from "./byte-stream.ts";
import { TransportError } from "./transport-error.ts";

/** A request body whose length is known before it is sent. */
export interface StreamedBody {
  /** Bytes. */
  readonly length: number;
  stream(): AsyncIterable<Uint8Array>;
}

/** A request body on its way, while the reply may already come. */
export class Upload {
  /** Settles when all is sent or nobody listens any more; rejects with the source's error, never with the socket's. */
  readonly done: Promise<void>;
  /** The whole body was sent. */
  finished = false;
  #stopped = false;

  constructor(stream: ByteStream, body: StreamedBody) {
    this.done = this.#pump(stream, body);
    this.done.catch(() => undefined);
  }

  async #pump(stream: ByteStream, body: StreamedBody): Promise<void> {
    let sent = 0;
    try {
      for await (const bytes of body.stream()) {
        if (this.#stopped) return;
        if (bytes.length === 0) continue;
        sent += bytes.length;
        if (sent > body.length) break;
        if (!(await write(stream, bytes))) return;
      }
      if (sent !== body.length) {
        throw internal(`a blob to send has ${sent} bytes or more where ${body.length} were expected`);
      }
      this.finished = true;
    } catch (error) {
      if (!this.#stopped) stream.destroy(error as Error);
      throw error;
    }
  }

  stop(): void {
    this.#stopped = true;
  }
}

/** False when the server no longer listens: its reply, still to be read, says why. */
async function write(stream: ByteStream, bytes: Uint8Array): Promise<boolean> {
  try {
    await stream.write(bytes);
    return true;
  } catch (error) {
    if (error instanceof TransportError) return false;
    throw error;
  }
}
