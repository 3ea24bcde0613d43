import { ByteSocket } from "./byte-socket.ts";
import { ConnectionError } from "./errors.ts";
import type { Endpoint } from "./types.ts";

/** The connections of a client to its endpoint: those in use, and those kept for the next request. */
export class Connections {
  #idle: ByteSocket[] = [];
  readonly #all = new Set<ByteSocket>();
  #closed = false;

  constructor(
    private readonly endpoint: Endpoint,
    private readonly onUnreachable?: (error: ConnectionError) => Promise<boolean>,
  ) {}

  /** One that an earlier request left open, if the server has not closed it since. */
  kept(): ByteSocket | undefined {
    for (let socket = this.#idle.pop(); socket; socket = this.#idle.pop()) {
      if (socket.idle) return socket;
      this.discard(socket);
    }
    return undefined;
  }

  /** A new one. @throws ConnectionError */
  async open(signal: AbortSignal | undefined): Promise<ByteSocket> {
    if (this.#closed) throw new ConnectionError("the client is closed");
    const socket = await this.#dial(signal);
    this.#all.add(socket);
    return socket;
  }

  async #dial(signal: AbortSignal | undefined): Promise<ByteSocket> {
    try {
      return await ByteSocket.connect(this.endpoint, signal);
    } catch (error) {
      if (!(error instanceof ConnectionError) || !(await this.onUnreachable?.(error))) throw error;
      return ByteSocket.connect(this.endpoint, signal);
    }
  }

  /** Keeps a connection whose reply has been read to its end. */
  keep(socket: ByteSocket): void {
    if (!this.#closed && socket.idle) this.#idle.push(socket);
    else this.discard(socket);
  }

  discard(socket: ByteSocket, error?: Error): void {
    socket.destroy(error);
    this.#all.delete(socket);
  }

  close(): void {
    this.#closed = true;
    this.#idle = [];
    for (const socket of this.#all) socket.destroy();
    this.#all.clear();
  }
}
