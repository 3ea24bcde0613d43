import type { Duplex } from "node:stream";
import type { ProgressMessage } from "../spec/index.ts";

/** Where an engine listens and how to reach it. */
export type Endpoint =
  | { kind: "unix"; path: string }
  | {
      kind: "tcp";
      host: string;
      port: number;
      tls?: { ca?: string; cert?: string; key?: string; verify: boolean };
    };

export interface RequestOptions {
  query?: Record<string, string | number | boolean | readonly string[] | undefined>;
  /** Sent as JSON. */
  json?: unknown;
  /** Sent as it is, chunked. */
  body?: AsyncIterable<Uint8Array> | Uint8Array;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** The engine answered with an error status; `message` is the server's own. */
export interface ApiErrorShape extends Error {
  readonly status: number;
}

export interface ApiResponse {
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: AsyncIterable<Uint8Array>;
}

/**
 * Docker Engine API over a unix or TCP socket. Works against any Docker daemon: the version is negotiated by the
 * first reply. Error statuses (>= 400) throw an `ApiError`; a daemon that is not there throws a `ConnectionError`.
 */
export interface ApiClient {
  readonly endpoint: Endpoint;
  /** JSON reply of a request; undefined where the reply has no body (204, 304). */
  json<T>(method: string, path: string, options?: RequestOptions): Promise<T>;
  /** Whole reply as it is, for callers that show it unchanged. */
  text(method: string, path: string, options?: RequestOptions): Promise<string>;
  /** Reply with headers read and the body still streaming. */
  request(method: string, path: string, options?: RequestOptions): Promise<ApiResponse>;
  /** JSON lines as they arrive (events, progress). */
  lines<T = ProgressMessage>(method: string, path: string, options?: RequestOptions): AsyncIterable<T>;
  /** Upgrade to a raw duplex stream (attach, exec). Half-close by `end()`. */
  hijack(
    method: string,
    path: string,
    options?: RequestOptions,
  ): Promise<{ socket: Duplex; contentType: string }>;
  /** The version in the path of requests, e.g. `1.51`; negotiated with the server where that was asked for. */
  apiVersion(): Promise<string>;
  close(): void;
}
