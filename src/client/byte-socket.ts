import { codeOf, concat, type ReplySource } from "../core/index.ts";
import { ConnectionError, unreachable } from "./errors.ts";
import type { Endpoint } from "./types.ts";

/** Reading pauses above this many unread bytes, so that a slow reader holds the sender back. */
const HIGH_WATER = 1 << 20;

interface Waiter {
  resolve: () => void;
  reject: (error: Error) => void;
}

/**
 * A byte stream over `Bun.connect`, read by pulling. `node:net` would be the usual choice, but loading it costs
 * as much as the rest of a short command.
 */
export class ByteSocket implements ReplySource {
  #socket: Bun.Socket | undefined;
  #chunks: Uint8Array[] = [];
  #buffered = 0;
  #ended = false;
  #failure: Error | undefined;
  #paused = false;
  #reader: Waiter | undefined;
  #unsent: Uint8Array | undefined;
  #writers: Waiter[] = [];
  #endAfterWrite = false;

  private constructor(readonly endpoint: Endpoint) {}

  /** @throws ConnectionError when nothing listens there; the signal's reason when aborted. */
  static async connect(endpoint: Endpoint, signal?: AbortSignal): Promise<ByteSocket> {
    signal?.throwIfAborted();
    const self = new ByteSocket(endpoint);
    const abort = () => self.destroy(signal?.reason as Error);
    signal?.addEventListener("abort", abort, { once: true });
    try {
      await self.#dial();
    } catch (error) {
      signal?.throwIfAborted();
      throw unreachable(endpoint, codeOf(error), error);
    } finally {
      signal?.removeEventListener("abort", abort);
    }
    if (self.#failure) throw self.#failure;
    return self;
  }

  async #dial(): Promise<void> {
    const socket: Bun.SocketHandler<undefined> = {
      binaryType: "uint8array",
      data: (_socket, bytes) => this.#received(bytes),
      drain: () => this.#flush(),
      end: () => this.#finish(),
      close: (_socket, error) => this.#closed(error ?? undefined),
      error: (_socket, error) => this.#closed(error),
      // Said by the rejection of connect(); Bun reports it on the console when there is no handler.
      connectError: () => undefined,
    };
    const { endpoint } = this;
    if (endpoint.kind === "unix") {
      this.#socket = await Bun.connect({ unix: endpoint.path, allowHalfOpen: true, socket });
      return;
    }
    const { host, port, tls } = endpoint;
    if (!tls) {
      this.#socket = await Bun.connect({ hostname: host, port, allowHalfOpen: true, socket });
      return;
    }
    // The handshake ends after connect() does; only then is the peer's certificate known to be good.
    const handshake = Promise.withResolvers<void>();
    const secured: Bun.SocketHandler<undefined> = {
      ...socket,
      handshake: (_socket, success, error) => {
        if (success && (!error || !tls.verify)) handshake.resolve();
        else handshake.reject(error ?? new Error("TLS handshake failed"));
      },
      close: (_socket, error) => {
        handshake.reject(error ?? new Error("the connection was closed during the TLS handshake"));
        this.#closed(error ?? undefined);
      },
    };
    this.#socket = await Bun.connect({
      hostname: host,
      port,
      allowHalfOpen: true,
      socket: secured,
      tls: {
        ca: tls.ca,
        cert: tls.cert,
        key: tls.key,
        rejectUnauthorized: tls.verify,
        serverName: host,
      },
    });
    await handshake.promise.catch((error: Error) => {
      this.destroy(error);
      throw error;
    });
  }

  #received(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#buffered += bytes.length;
    if (this.#buffered > HIGH_WATER && !this.#paused) {
      this.#paused = true;
      this.#socket?.pause();
    }
    this.#wakeReader();
  }

  #finish(): void {
    this.#ended = true;
    this.#wakeReader();
  }

  #closed(error: Error | undefined): void {
    if (error) this.#failure ??= new ConnectionError(`connection lost: ${error.message}`, { cause: error });
    this.#finish();
    const gone =
      this.#failure ?? new ConnectionError("the connection was closed by the server", { code: "EPIPE" });
    this.#unsent = undefined;
    for (const writer of this.#writers.splice(0)) writer.reject(gone);
    this.#socket = undefined;
  }

  #wakeReader(): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.resolve();
  }

  /** The next bytes; undefined at the end of the stream. One reader at a time. @throws ConnectionError when it broke */
  async read(): Promise<Uint8Array | undefined> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk) {
        this.#buffered -= chunk.length;
        if (this.#paused && this.#buffered < HIGH_WATER / 2) {
          this.#paused = false;
          this.#socket?.resume();
        }
        return chunk;
      }
      if (this.#failure) throw this.#failure;
      if (this.#ended) return undefined;
      await new Promise<void>((resolve, reject) => {
        this.#reader = { resolve, reject };
      });
    }
  }

  broken(message: string): Error {
    return new ConnectionError(message);
  }

  /** Puts bytes back: the next `read` returns them. */
  unread(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#chunks.unshift(bytes);
    this.#buffered += bytes.length;
  }

  /** Resolves when the kernel has taken every byte. @throws ConnectionError when the connection is closed */
  write(bytes: Uint8Array): Promise<void> {
    if (!this.#socket) {
      return Promise.reject(
        this.#failure ?? new ConnectionError("the connection is closed", { code: "EPIPE" }),
      );
    }
    if (this.#unsent === undefined) {
      const sent = Math.max(0, this.#socket.write(bytes));
      if (sent >= bytes.length) return Promise.resolve();
      this.#unsent = bytes.subarray(sent);
    } else {
      this.#unsent = concat([this.#unsent, bytes]);
    }
    return new Promise((resolve, reject) => {
      this.#writers.push({ resolve, reject });
    });
  }

  #flush(): void {
    if (this.#unsent !== undefined && this.#socket) {
      const sent = Math.max(0, this.#socket.write(this.#unsent));
      if (sent < this.#unsent.length) {
        this.#unsent = this.#unsent.subarray(sent);
        return;
      }
    }
    this.#unsent = undefined;
    for (const writer of this.#writers.splice(0)) writer.resolve();
    if (this.#endAfterWrite) this.#socket?.shutdown();
  }

  /** Closes the writing half once all is sent; reading goes on. */
  end(): void {
    if (this.#unsent === undefined) this.#socket?.shutdown();
    else this.#endAfterWrite = true;
  }

  /** Closes both halves at once; a waiting reader gets `error`, or the end of the stream. */
  destroy(error?: Error): void {
    if (error) this.#failure ??= error;
    this.#chunks = [];
    this.#buffered = 0;
    const socket = this.#socket;
    this.#closed(undefined);
    socket?.terminate();
  }

  /** True when it can still carry a request: open, and nothing unexpected has arrived. */
  get idle(): boolean {
    return this.#socket !== undefined && !this.#ended && this.#buffered === 0 && this.#unsent === undefined;
  }
}
