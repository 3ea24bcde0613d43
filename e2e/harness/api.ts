export interface ApiOptions {
  query?: Record<string, string>;
  json?: unknown;
  body?: Uint8Array<ArrayBuffer> | string;
  headers?: Record<string, string>;
}

/** The Engine API over a unix socket, with nothing between: what the server really sends. */
export class Api {
  constructor(readonly socket: string) {}

  request(method: string, path: string, options: ApiOptions = {}): Promise<Response> {
    const query = new URLSearchParams(options.query).toString();
    const body = options.json === undefined ? options.body : JSON.stringify(options.json);
    return fetch(`http://engine${path}${query ? `?${query}` : ""}`, {
      unix: this.socket,
      method,
      headers: {
        ...(options.json === undefined ? {} : { "Content-Type": "application/json" }),
        ...options.headers,
      },
      ...(body === undefined ? {} : { body }),
    });
  }

  /** The JSON of a reply that must be good. */
  async json<T>(method: string, path: string, options: ApiOptions = {}): Promise<T> {
    const response = await this.request(method, path, options);
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text.trim()}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }
}
