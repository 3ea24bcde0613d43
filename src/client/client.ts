import { concat, type ResponseHead, readBody, readResponseHead } from "../core/index.ts";
import { API_VERSION, type ProgressMessage } from "../spec/index.ts";
import type { ByteSocket } from "./byte-socket.ts";
import { Connections } from "./connections.ts";
import { errorOf } from "./error-reply.ts";
import { ConnectionError, formatEndpoint } from "./errors.ts";
import { encodeQuery } from "./http/query.ts";
import { outgoingBody, sendHead, Upload } from "./http/send.ts";
import { jsonLines } from "./json-lines.ts";
import type { ApiClient, ApiResponse, Endpoint, RequestOptions } from "./types.ts";
import { lowerVersion } from "./version.ts";

export interface ClientOptions {
  /** Use this API version and ask nobody. Default: the newest one known here, or what the server offers if `negotiate`. */
  version?: string;
  /** Ask the server for its version first (`/_ping`) and go down to it. */
  negotiate?: boolean;
  /** Sent with every request, e.g. the User-Agent. */
  headers?: Record<string, string>;
  /**
   * Called when nothing listens at the endpoint; true means that something does now and the request is sent again.
   */
  onUnreachable?: (error: ConnectionError) => Promise<boolean>;
}

/** A request that was sent and the head of its reply. */
interface Exchange {
  socket: ByteSocket;
  head: ResponseHead;
  upload?: Upload;
  /** Stops listening to the caller's signal. */
  release: () => void;
}

/** A client of the engine at `endpoint`. Nothing is dialled before the first request. */
export function createClient(endpoint: Endpoint, options: ClientOptions = {}): ApiClient {
  return new SocketClient(endpoint, options);
}

class SocketClient implements ApiClient {
  readonly #connections: Connections;
  #version: Promise<string> | undefined;

  constructor(
    readonly endpoint: Endpoint,
    readonly options: ClientOptions,
  ) {
    this.#connections = new Connections(endpoint, options.onUnreachable);
  }

  async text(method: string, path: string, options: RequestOptions = {}): Promise<string> {
    const response = await this.request(method, path, options);
    const chunks: Uint8Array[] = [];
    for await (const bytes of response.body) chunks.push(bytes);
    return new TextDecoder().decode(concat(chunks));
  }

  async json<T>(method: string, path: string, options: RequestOptions = {}): Promise<T> {
    const text = await this.text(method, path, options);
    // Replies such as 204 and 304 have no body: T is then void.
    if (text.trim() === "") return undefined as T;
    try {
      return JSON.parse(text) as T;
    } catch (cause) {
      throw new ConnectionError(`the server's reply to ${method} ${path} is not JSON`, { cause });
    }
  }

  async *lines<T = ProgressMessage>(
    method: string,
    path: string,
    options: RequestOptions = {},
  ): AsyncGenerator<T> {
    const response = await this.request(method, path, options);
    yield* jsonLines<T>(response.body);
  }

  async request(method: string, path: string, options: RequestOptions = {}): Promise<ApiResponse> {
    const version = await this.apiVersion();
    const exchange = await this.#exchange(method, `/v${version}${path}`, options, {});
    const { head } = exchange;
    const body = this.#body(method, exchange);
    if (head.status >= 400) throw await errorOf(head, body, path);
    return { status: head.status, headers: head.headers, body };
  }

  async hijack(method: string, path: string, options: RequestOptions = {}) {
    const version = await this.apiVersion();
    const exchange = await this.#exchange(method, `/v${version}${path}`, options, {
      Connection: "Upgrade",
      Upgrade: "tcp",
    });
    const { head, socket } = exchange;
    if (head.status >= 400) throw await errorOf(head, this.#body(method, exchange), path);
    const { duplexOf } = await import("./duplex.ts");
    const duplex = duplexOf(socket);
    duplex.once("close", () => {
      exchange.release();
      this.#connections.discard(socket);
    });
    return { socket: duplex, contentType: head.headers.get("content-type") ?? "" };
  }

  apiVersion(): Promise<string> {
    this.#version ??= this.options.version
      ? Promise.resolve(this.options.version)
      : this.options.negotiate
        ? this.#negotiate()
        : Promise.resolve(API_VERSION);
    return this.#version;
  }

  async #negotiate(): Promise<string> {
    const exchange = await this.#exchange("GET", "/_ping", {}, {});
    for await (const _ of this.#body("GET", exchange));
    const offered = exchange.head.headers.get("api-version");
    // A server that does not say is older than the field (Docker 1.13, API 1.25).
    return lowerVersion(API_VERSION, offered && /^\d+\.\d+$/.test(offered) ? offered : "1.24");
  }

  /** Sends a request and reads the head of its reply, on a kept connection if there is one. */
  async #exchange(
    method: string,
    target: string,
    options: RequestOptions,
    extra: Record<string, string>,
  ): Promise<Exchange> {
    const kept = this.#connections.kept();
    if (kept) {
      const exchange = await this.#tryExchange(kept, method, target, options, extra);
      if (exchange) return exchange;
      // The server may have closed the kept connection as the request left. Only what changes nothing is sent twice.
      if (method !== "GET" && method !== "HEAD") throw noReply();
    }
    const socket = await this.#connections.open(options.signal);
    const exchange = await this.#tryExchange(socket, method, target, options, extra);
    if (!exchange) throw noReply();
    return exchange;
  }

  /** Undefined when the server closed the connection before any byte of a reply. */
  async #tryExchange(
    socket: ByteSocket,
    method: string,
    target: string,
    options: RequestOptions,
    extra: Record<string, string>,
  ): Promise<Exchange | undefined> {
    const { signal } = options;
    const abort = () => this.#connections.discard(socket, signal?.reason as Error);
    signal?.addEventListener("abort", abort, { once: true });
    const release = () => signal?.removeEventListener("abort", abort);
    try {
      signal?.throwIfAborted();
      const body = outgoingBody(method, options);
      const host =
        this.endpoint.kind === "tcp" ? formatEndpoint(this.endpoint).slice("tcp://".length) : "berth";
      const headers = { Host: host, ...this.options.headers, ...extra, ...options.headers };
      await sendHead(socket, method, target + encodeQuery(options.query), headers, body);
      const upload = body.upload && new Upload(socket, body.upload);
      const reply = readResponseHead(socket);
      // A source that fails ends the request; one that has ended leaves the reply to wait for.
      const head = await (upload ? Promise.race([reply, upload.done.then(() => reply)]) : reply);
      if (head) return { socket, head, release, ...(upload && { upload }) };
    } catch (error) {
      release();
      this.#connections.discard(socket);
      signal?.throwIfAborted();
      if (error instanceof ConnectionError && error.code === "EPIPE") return undefined;
      throw error;
    }
    release();
    this.#connections.discard(socket);
    return undefined;
  }

  /** The reply's body; at its end the connection is kept for the next request or closed. */
  async *#body(method: string, exchange: Exchange): AsyncGenerator<Uint8Array> {
    const { socket, head, upload, release } = exchange;
    if (head.status >= 400) upload?.stop();
    let reusable = false;
    try {
      reusable = yield* readBody(socket, method, head);
      reusable &&= upload === undefined || upload.finished;
    } finally {
      release();
      upload?.stop();
      if (reusable) this.#connections.keep(socket);
      else this.#connections.discard(socket);
    }
  }

  close(): void {
    this.#connections.close();
  }
}

function noReply(): ConnectionError {
  return new ConnectionError("the server closed the connection without a reply", { code: "EPIPE" });
}
