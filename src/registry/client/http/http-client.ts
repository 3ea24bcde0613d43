import { concat, encodeRequestHead, type ResponseHead, readResponseHead } from "../../../core/index.ts";
import type { Timing } from "../timing.ts";
import { hostOf } from "../trust/address.ts";
import type { TlsProfile, Trust } from "../trust/trust.ts";
import type { ByteStream } from "./byte-stream.ts";
import { Connections } from "./connections.ts";
import { type Destination, dial } from "./dial.ts";
import { type ProxyServer, proxyFor } from "./proxy.ts";
import { HttpResponse } from "./response.ts";
import { TransportError } from "./transport-error.ts";
import { type StreamedBody, Upload } from "./upload.ts";

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | StreamedBody;
  /** How long the head of the reply may take once the request is sent, in ms. Default: the stall limit. */
  readonly patience?: number;
  readonly signal: AbortSignal;
}

/**
 * HTTP/1.1 (RFC 9112), one request at a time: no redirects, no cookies, no compression, nothing repeated but what a
 * closing idle connection swallowed. Reads and writes hold each other back; memory does not grow with a body.
 */
export class HttpClient {
  readonly #connections: Connections;

  constructor(
    private readonly options: {
      readonly trust: Trust;
      readonly environment: Readonly<Record<string, string | undefined>>;
      readonly userAgent: string;
      readonly timing: Timing;
    },
  ) {
    this.#connections = new Connections(options.timing);
  }

  /** @throws TransportError; the signal's reason, with the connection closed at once */
  async send(request: HttpRequest): Promise<HttpResponse> {
    const { url, signal } = request;
    signal.throwIfAborted();
    const { environment, timing } = this.options;
    const tls = url.protocol === "https:";
    const host = hostOf(url);
    const port = Number(url.port) || (tls ? 443 : 80);
    const proxy = proxyFor(url, environment);
    const profile = await this.#profile(url);
    const proxyProfile = proxy && (await this.#profile(new URL(proxy.url)));
    const to: Destination = {
      ...{ host, port, tls: profile?.options },
      proxy: proxy && { ...proxy, tls: proxyProfile?.options },
    };
    const key = JSON.stringify([url.protocol, host, port, profile?.key, proxy, proxyProfile?.key]);
    const kept = this.#connections.take(key);
    if (kept) {
      const response = await this.#exchange(kept, key, request, proxy);
      if (response) return response;
    }
    const response = await this.#exchange(await dial(to, timing, signal), key, request, proxy, true);
    return response as HttpResponse;
  }

  async #profile(url: URL): Promise<TlsProfile | undefined> {
    return url.protocol === "https:" ? this.options.trust.profileOf(url) : undefined;
  }

  /** Undefined when a kept connection turned out to be closed, and the request may be sent again. */
  async #exchange(
    stream: ByteStream,
    key: string,
    request: HttpRequest,
    proxy: ProxyServer | undefined,
    fresh = false,
  ): Promise<HttpResponse | undefined> {
    const { signal, method, body } = request;
    const abort = () => stream.destroy(signal.reason as Error);
    signal.addEventListener("abort", abort, { once: true });
    const release = () => signal.removeEventListener("abort", abort);
    let upload: Upload | undefined;
    try {
      signal.throwIfAborted();
      const streamed = body && !(body instanceof Uint8Array) ? body : undefined;
      const head = this.#head(request, proxy);
      await stream.write(body instanceof Uint8Array ? concat([head, body]) : head);
      stream.readLimit = streamed ? 0 : (request.patience ?? this.options.timing.stall);
      upload = streamed && new Upload(stream, streamed);
      const reply = await this.#reply(stream, upload, request);
      if (reply) {
        upload?.stop();
        stream.readLimit = this.options.timing.stall;
        const done = (reusable: boolean) => {
          release();
          if (reusable && upload?.finished !== false) this.#connections.keep(key, stream);
          else stream.destroy();
        };
        return new HttpResponse(method, request.url, reply, { stream, done });
      }
      if (fresh || streamed) throw stream.broken("the server closed the connection without a reply", true);
    } catch (error) {
      stream.destroy();
      upload?.stop();
      release();
      signal.throwIfAborted();
      const again = !fresh && upload === undefined && method !== "PATCH";
      if (!again || !(error instanceof TransportError) || error.fault !== "cut") throw error;
      return undefined;
    }
    release();
    stream.destroy();
    return undefined;
  }

  /** The head of the reply; the time for it counts from the end of the request. */
  async #reply(
    stream: ByteStream,
    upload: Upload | undefined,
    request: HttpRequest,
  ): Promise<ResponseHead | undefined> {
    const reply = readResponseHead(stream);
    if (!upload) return reply;
    reply.catch(() => undefined);
    const sent = upload.done.then(() => {
      stream.readLimit = request.patience ?? this.options.timing.stall;
      return reply;
    });
    return Promise.race([reply, sent]);
  }

  #head(request: HttpRequest, proxy: ProxyServer | undefined): Uint8Array {
    const { method, url, body } = request;
    const plainProxy = url.protocol === "http:" ? proxy : undefined;
    const target = url.pathname + url.search;
    const length = body?.length ?? (method === "GET" || method === "HEAD" ? undefined : 0);
    return encodeRequestHead(method, plainProxy ? `http://${url.host}${target}` : target, {
      Host: url.host,
      "User-Agent": this.options.userAgent,
      "Accept-Encoding": "identity",
      ...plainProxy?.headers,
      ...request.headers,
      ...(length !== undefined && { "Content-Length": String(length) }),
    });
  }
}
