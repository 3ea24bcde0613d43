import { BodyStream } from "./body-stream.ts";
import type { RequestHead } from "./head.ts";
import { headerHas } from "./head.ts";
import { Hijacked } from "./hijacked.ts";
import { DISCARD_LIMIT, type RequestBody } from "./request-body.ts";
import { dateHeader, statusLine } from "./status.ts";
import type { Wire } from "./wire.ts";

const JSON_TYPE = "application/json";
/** Docker's own spelling; some clients compare it. */
const UPGRADED = "HTTP/1.1 101 UPGRADED\r\n";

/** The one reply to a request. */
export class Reply {
  /** The head has left; the status can no longer change. */
  sent = false;
  hijacked = false;
  /** Whether the connection can carry another request after this reply. */
  keepAlive: boolean;

  readonly #wire: Wire;
  readonly #head: RequestHead;
  readonly #body: RequestBody;
  /** Header lines of every reply, each with its line end. */
  #headers: string;
  #stream: BodyStream | undefined;

  constructor(wire: Wire, head: RequestHead, body: RequestBody, commonHeaders: string) {
    this.#wire = wire;
    this.#head = head;
    this.#body = body;
    this.#headers = commonHeaders;
    this.keepAlive = head.minor === 1 && !headerHas(head, "connection", "close");
  }

  /** Adds a header. Names and values are the server's own, never copied from a request. */
  header(name: string, value: string): this {
    this.#headers += `${name}: ${value}\r\n`;
    return this;
  }

  /** A JSON document with a line end, as Docker sends it. */
  json(status: number, value: unknown): void {
    this.#whole(status, JSON_TYPE, `${JSON.stringify(value)}\n`);
  }

  text(status: number, text: string): void {
    this.#whole(status, "text/plain; charset=utf-8", text);
  }

  /** A body that is at hand as it is. */
  bytes(status: number, contentType: string, bytes: Uint8Array): void {
    this.#whole(status, contentType, bytes);
  }

  /** No body. */
  empty(status: number): void {
    this.#whole(status, undefined, "");
  }

  /** Sends the head at once and leaves the body open, of unknown length. */
  stream(contentType: string, status = 200): BodyStream {
    const chunked = this.#head.minor === 1;
    if (!chunked) this.keepAlive = false;
    const framing = chunked ? "Transfer-Encoding: chunked\r\n" : "";
    this.#wire.push(Buffer.from(`${this.#headText(status, contentType)}${framing}\r\n`));
    this.#stream = new BodyStream(this.#wire, chunked, this.#head.method === "HEAD");
    return this.#stream;
  }

  /** What `source` yields, as the body. The head waits for the first piece, so that a refusal is still a status. */
  async pipe(contentType: string, source: AsyncIterable<Uint8Array>): Promise<void> {
    let stream: BodyStream | undefined;
    for await (const piece of source) {
      stream ??= this.stream(contentType);
      if (this.#wire.closed) return;
      await stream.write(piece);
    }
    (stream ?? this.stream(contentType)).end();
  }

  /**
   * Gives up HTTP on this connection: `101` when the client asked for an upgrade, otherwise `200` and raw bytes on the
   * same socket. What the client sends after the request (or, without an upgrade, inside its open chunked body) is
   * the stream's input.
   */
  async hijack(contentType: { upgraded: string; plain: string }): Promise<Hijacked> {
    // Only this protocol is meant by an attach; other clients offer TLS or HTTP/2 on every request they make.
    const upgraded = headerHas(this.#head, "upgrade", "tcp");
    const chunked = !upgraded && this.#body.framing.kind === "chunked";
    if (!chunked) await this.#body.discard(Number.POSITIVE_INFINITY);
    this.sent = true;
    this.hijacked = true;
    const first = upgraded
      ? `${UPGRADED}Content-Type: ${contentType.upgraded}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n`
      : `${statusLine(200)}Content-Type: ${contentType.plain}\r\n`;
    this.#wire.push(Buffer.from(`${first}${this.#headers}\r\n`));
    return new Hijacked(this.#wire, chunked ? this.#body : undefined);
  }

  /** The handler failed after the head had left: the client must see that the body is not whole. */
  abort(): void {
    this.keepAlive = false;
    this.#wire.destroy();
  }

  /** A stream that its handler left open is ended. */
  finish(): void {
    this.#stream?.end();
  }

  #whole(status: number, contentType: string | undefined, body: string | Uint8Array): void {
    this.#body.discardNow();
    // A client that is still sending much is told to stop; one that waits to send may never do so.
    const refused = status >= 400 && this.#body.remaining > DISCARD_LIMIT;
    if (refused || (this.#body.awaitsContinue && !this.#body.done)) this.keepAlive = false;
    const bare = status === 204 || status === 304;
    const length = bare ? "" : `Content-Length: ${Buffer.byteLength(body)}\r\n`;
    const shown = this.#head.method === "HEAD" || bare ? "" : body;
    const head = `${this.#headText(status, bare ? undefined : contentType)}${length}\r\n`;
    this.#wire.push(
      typeof shown === "string" ? Buffer.from(head + shown) : Buffer.concat([Buffer.from(head), shown]),
    );
  }

  #headText(status: number, contentType: string | undefined): string {
    if (this.sent) throw new Error("a reply is sent once");
    this.sent = true;
    const type = contentType === undefined ? "" : `Content-Type: ${contentType}\r\n`;
    const close = this.keepAlive ? "" : "Connection: close\r\n";
    return statusLine(status) + this.#headers + dateHeader() + type + close;
  }
}
