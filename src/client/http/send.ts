import { concat, encodeRequestHead } from "../../core/index.ts";
import type { ByteSocket } from "../byte-socket.ts";
import type { RequestOptions } from "../types.ts";

const encoder = new TextEncoder();
const LAST_CHUNK = encoder.encode("0\r\n\r\n");

/** Head fields and bytes of a request body; an upload is the part that is sent while the reply may already come. */
export interface OutgoingBody {
  readonly headers: Record<string, string>;
  readonly bytes?: Uint8Array;
  readonly upload?: AsyncIterable<Uint8Array>;
}

/** What a request's options send, and how its length is told. */
export function outgoingBody(method: string, options: RequestOptions): OutgoingBody {
  if (options.json !== undefined) {
    const bytes = encoder.encode(JSON.stringify(options.json));
    return { headers: { "Content-Type": "application/json", "Content-Length": String(bytes.length) }, bytes };
  }
  if (options.body instanceof Uint8Array) {
    return { headers: { "Content-Length": String(options.body.length) }, bytes: options.body };
  }
  if (options.body) return { headers: { "Transfer-Encoding": "chunked" }, upload: options.body };
  return { headers: method === "POST" || method === "PUT" ? { "Content-Length": "0" } : {} };
}

/** Writes the head, together with the body where that is at hand. */
export async function sendHead(
  socket: ByteSocket,
  method: string,
  target: string,
  headers: Record<string, string>,
  body: OutgoingBody,
): Promise<void> {
  const head = encodeRequestHead(method, target, { ...headers, ...body.headers });
  await socket.write(body.bytes?.length ? concat([head, body.bytes]) : head);
}

/** A streaming request body on its way; it can be given up when the server has already refused the request. */
export class Upload {
  /** Settles when all is sent or given up; rejects with the source's error, never with the socket's. */
  readonly done: Promise<void>;
  finished = false;
  #stopped = false;

  constructor(socket: ByteSocket, source: AsyncIterable<Uint8Array>) {
    this.done = this.#pump(socket, source);
    this.done.catch(() => undefined);
  }

  async #pump(socket: ByteSocket, source: AsyncIterable<Uint8Array>): Promise<void> {
    try {
      for await (const bytes of source) {
        if (this.#stopped) return;
        if (bytes.length === 0) continue;
        const size = encoder.encode(`${bytes.length.toString(16)}\r\n`);
        if (!(await this.#write(socket, concat([size, bytes, encoder.encode("\r\n")])))) return;
      }
    } catch (error) {
      // The server must not take the part that was sent for the whole, nor wait for the rest.
      if (!this.#stopped) socket.destroy(error as Error);
      throw error;
    }
    if (!this.#stopped) this.finished = await this.#write(socket, LAST_CHUNK);
  }

  /** False when the server no longer listens: its reply, still to be read, says why. */
  async #write(socket: ByteSocket, bytes: Uint8Array): Promise<boolean> {
    try {
      await socket.write(bytes);
      return true;
    } catch {
      return false;
    }
  }

  stop(): void {
    this.#stopped = true;
  }
}
