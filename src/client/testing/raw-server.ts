import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Endpoint } from "../types.ts";

/** What a test's server does with a connection; `requests` counts the heads it has seen on all connections. */
export type Serve = (connection: RawConnection) => void | Promise<void>;

/** A connection as a test's server sees it: bytes in, bytes out, nothing interpreted. */
export class RawConnection {
  #buffer = "";
  #ended = false;
  #wake: () => void = () => undefined;

  constructor(
    readonly socket: Socket,
    /** Number of this connection, from 1. */
    readonly index: number,
  ) {
    socket.on("data", (bytes) => {
      this.#buffer += bytes.toString("latin1");
      this.#wake();
    });
    socket.on("end", () => {
      this.#ended = true;
      this.#wake();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#ended = true;
      this.#wake();
    });
  }

  /** Text up to and with `mark`; the rest when the client ends first. */
  async until(mark: string): Promise<string> {
    for (;;) {
      const at = this.#buffer.indexOf(mark);
      if (at >= 0) return this.take(at + mark.length);
      if (this.#ended) return this.take(this.#buffer.length);
      await this.#more();
    }
  }

  async exactly(length: number): Promise<string> {
    while (this.#buffer.length < length && !this.#ended) await this.#more();
    return this.take(length);
  }

  head(): Promise<string> {
    return this.until("\r\n\r\n");
  }

  take(length: number): string {
    const text = this.#buffer.slice(0, length);
    this.#buffer = this.#buffer.slice(length);
    return text;
  }

  /** Everything until the client closes its half. */
  async rest(): Promise<string> {
    while (!this.#ended) await this.#more();
    return this.take(this.#buffer.length);
  }

  write(text: string): void {
    this.socket.write(Buffer.from(text, "latin1"));
  }

  /** In pieces of `size` bytes, each sent by itself. */
  async drip(text: string, size: number): Promise<void> {
    for (let at = 0; at < text.length; at += size) {
      this.write(text.slice(at, at + size));
      await Bun.sleep(1);
    }
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }
}

export interface RawServer extends AsyncDisposable {
  readonly endpoint: Endpoint;
  readonly connections: readonly RawConnection[];
}

/** Listens on a unix socket in a directory of its own. */
export async function rawServer(serve: Serve): Promise<RawServer> {
  const directory = mkdtempSync(join(tmpdir(), "berth-client-"));
  const path = join(directory, "s.sock");
  const connections: RawConnection[] = [];
  const server: Server = createServer({ allowHalfOpen: true }, (socket) => {
    const connection = new RawConnection(socket, connections.length + 1);
    connections.push(connection);
    void serve(connection);
  });
  await new Promise<void>((resolve) => server.listen(path, resolve));
  return {
    endpoint: { kind: "unix", path },
    connections,
    async [Symbol.asyncDispose]() {
      for (const { socket } of connections) socket.destroy();
      await new Promise<void>((resolve) => server.close(() => resolve()));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** A whole reply with a body of known length. */
export function reply(body: string, status = "200 OK", headers = ""): string {
  return `HTTP/1.1 ${status}\r\n${headers}Content-Length: ${Buffer.byteLength(body, "latin1")}\r\n\r\n${body}`;
}
