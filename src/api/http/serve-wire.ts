import { bodyFraming, HEAD_LIMIT, parseHead, type RequestHead } from "./head.ts";
import { HttpError } from "./http-error.ts";
import { Reply } from "./reply.ts";
import { Request } from "./request.ts";
import { DISCARD_LIMIT, RequestBody } from "./request-body.ts";
import { dateHeader, statusLine } from "./status.ts";
import type { Wire } from "./wire.ts";

/** Answers one request. It handles its own failures; what it throws cuts the connection. */
export type Handle = (request: Request, reply: Reply) => void | Promise<void>;

/** How long a client may take over one request head. */
const HEAD_TIMEOUT_MS = 60_000;

/**
 * HTTP/1.1 on one connection. It is spoken here and not by node:http because any request on a kept connection may turn
 * it into a raw stream, with or without an Upgrade header, and node:http gives up the socket only for the one with.
 */
export class Connection {
  readonly #wire: Wire;
  readonly #handle: Handle;
  readonly #commonHeaders: string;
  #request: Request | undefined;
  #closing = false;

  constructor(wire: Wire, handle: Handle, commonHeaders: string) {
    this.#wire = wire;
    this.#handle = handle;
    this.#commonHeaders = commonHeaders;
    const changed = () => this.#request?.wireChanged();
    wire.onEnd = changed;
    wire.onClose = changed;
  }

  /** Serves requests one after the other until either side ends. */
  async serve(): Promise<void> {
    try {
      while (!this.#closing && (await this.#serveOne())) {}
    } catch (error) {
      this.#refuse(error);
    }
  }

  /** Lets no further request begin, and tells the one that runs to stop. */
  close(): void {
    this.#closing = true;
    if (this.#request) this.#request.abort();
    else this.#wire.end();
  }

  /** Cuts the connection at once. */
  destroy(): void {
    this.#wire.destroy();
  }

  /** False when the connection is not to carry another request. */
  async #serveOne(): Promise<boolean> {
    const head = await readHead(this.#wire);
    if (!head) {
      this.#wire.end();
      return false;
    }
    const body = new RequestBody(this.#wire, bodyFraming(head), expectsContinue(head));
    const request = new Request(this.#wire, head, body);
    const reply = new Reply(this.#wire, head, body, this.#commonHeaders);
    this.#request = request;
    try {
      await this.#handle(request, reply);
    } finally {
      this.#request = undefined;
    }
    if (reply.hijacked) return false;
    reply.finish();
    if (this.#closing) reply.keepAlive = false;
    if (reply.keepAlive && !body.done) {
      reply.keepAlive = !body.awaitsContinue && (await body.discard(DISCARD_LIMIT));
    }
    if (!reply.keepAlive) this.#wire.end();
    // A client that sends requests without reading the replies must not make them pile up here.
    await this.#wire.drained();
    return reply.keepAlive;
  }

  #refuse(error: unknown): void {
    if (!(error instanceof HttpError)) {
      this.#wire.destroy();
      return;
    }
    const body = Buffer.from(error.message);
    const head = `${statusLine(error.status)}${this.#commonHeaders}${dateHeader()}Content-Type: text/plain; charset=utf-8\r\nConnection: close\r\nContent-Length: ${body.length}\r\n\r\n`;
    this.#wire.push(Buffer.concat([Buffer.from(head), body]));
    this.#wire.end();
  }
}

/** The next request head; undefined when the client has ended between requests. @throws HttpError */
async function readHead(wire: Wire): Promise<RequestHead | undefined> {
  let piece = await wire.read();
  if (!piece) return undefined;
  let timer: Timer | undefined;
  let slow = false;
  try {
    for (let searched = 0; ; ) {
      // Empty lines before a request line are allowed (RFC 9112 section 2.2).
      while (piece.length >= 2 && piece[0] === 13 && piece[1] === 10) piece = piece.subarray(2);
      const end = piece.indexOf("\r\n\r\n", searched);
      if (end >= 0 && end <= HEAD_LIMIT) {
        wire.unread(piece.subarray(end + 4));
        return parseHead(piece.toString("latin1", 0, end));
      }
      if (piece.length > HEAD_LIMIT) throw new HttpError(431, "431 Request Header Fields Too Large");
      searched = Math.max(0, piece.length - 3);
      timer ??= setTimeout(() => {
        slow = true;
        wire.cancelRead();
      }, HEAD_TIMEOUT_MS);
      const more = await wire.read();
      if (slow) throw new HttpError(408, "408 Request Timeout");
      if (!more) throw new HttpError(400, "400 Bad Request: the request ended in its head");
      piece = Buffer.concat([piece, more]);
    }
  } finally {
    clearTimeout(timer);
  }
}

function expectsContinue(head: RequestHead): boolean {
  const written = head.headers.get("expect");
  if (written === undefined || head.minor === 0) return false;
  if (written.toLowerCase() !== "100-continue") throw new HttpError(417, "417 Expectation Failed");
  return true;
}
