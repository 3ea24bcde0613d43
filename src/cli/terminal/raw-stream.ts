import type { ApiClient, RequestOptions } from "../../client/index.ts";

/** A hijacked connection: what the container writes, and a way to its input. */
export interface RawStream {
  /** Tells framed output from raw output; empty from engines older than API 1.42. */
  readonly contentType: string;
  readonly output: AsyncIterable<Uint8Array>;
  /** Resolves when the bytes are on their way. */
  write(bytes: Uint8Array): Promise<void>;
  /** End of input; output goes on. */
  end(): void;
  close(): void;
}

/**
 * Upgrades a request to a raw stream. Where no input is wanted, Node's streams are never loaded: that alone would take
 * longer than the rest of a short command.
 */
export async function openRawStream(
  client: ApiClient,
  path: string,
  options: RequestOptions,
  input: boolean,
): Promise<RawStream> {
  return input ? openBoth(client, path, options) : openOutput(client, path, options);
}

async function openOutput(client: ApiClient, path: string, options: RequestOptions): Promise<RawStream> {
  const abort = new AbortController();
  const response = await client.request("POST", path, {
    ...options,
    headers: { ...options.headers, Connection: "Upgrade", Upgrade: "tcp" },
    signal: abort.signal,
  });
  return {
    contentType: response.headers.get("content-type") ?? "",
    output: response.body,
    write: () => Promise.resolve(),
    end: () => undefined,
    close: () => abort.abort(new Error("closed")),
  };
}

async function openBoth(client: ApiClient, path: string, options: RequestOptions): Promise<RawStream> {
  const { socket, contentType } = await client.hijack("POST", path, options);
  // A peer that is gone is noticed where the output ends.
  socket.on("error", () => undefined);
  return {
    contentType,
    output: socket,
    write: (bytes) =>
      new Promise((resolve, reject) => {
        socket.write(bytes, (error) => (error ? reject(error) : resolve()));
      }),
    end: () => socket.end(),
    close: () => socket.destroy(),
  };
}

/** Whether the engine frames the output: by its content type, or by `tty` where an old engine does not say. */
export function isMultiplexed(stream: RawStream, tty: boolean): boolean {
  if (stream.contentType.includes("multiplexed-stream")) return true;
  if (stream.contentType.includes("raw-stream") && tty) return false;
  return !tty;
}
