import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { MAIN, QUIET, type Ran } from "./cli.ts";

/** One request, and the ways to answer it. */
export interface Exchange {
  readonly method: string;
  /** Without the version. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: string;
  json(value: unknown, status?: number): void;
  empty(status?: number): void;
  /** Sends the head at once and the rest later: `end` with the whole body, one line of JSON for each value. */
  later(): { end(...values: readonly unknown[]): void };
  /** Ends the connection, whatever has been said. */
  close(): void;
  /** Makes the connection a raw stream, paused until the test reads it. */
  hijack(multiplexed: boolean): Socket;
}

export interface RawEngine extends AsyncDisposable {
  readonly directory: string;
  /** `POST /containers/create`, in the order of arrival. */
  readonly requests: string[];
  readonly bodies: Map<string, unknown>;
  run(args: readonly string[], stdin?: string): Promise<Ran>;
  /** Command and environment for a test that starts the program itself. */
  command(args: readonly string[]): { argv: string[]; env: Record<string, string> };
}

/** Frames as the engine sends them: 1 is standard output, 2 standard error. */
export function frame(stream: number, text: string): Buffer {
  const payload = Buffer.from(text);
  const header = Buffer.alloc(8);
  header[0] = stream;
  header.writeUInt32BE(payload.length, 4);
  return Buffer.concat([header, payload]);
}

/** A small engine of the test's own, which can do what Bun.serve cannot: upgrade a request to a raw stream. */
export async function rawEngine(answer: (exchange: Exchange) => void): Promise<RawEngine> {
  const directory = mkdtempSync(join(tmpdir(), "berth-raw-"));
  const socketPath = join(directory, "s.sock");
  const requests: string[] = [];
  const bodies = new Map<string, unknown>();
  const sockets = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    serve(socket, (exchange) => {
      if (exchange.path === "/_ping") return exchange.empty(200);
      requests.push(`${exchange.method} ${exchange.path}`);
      if (exchange.body.startsWith("{")) bodies.set(exchange.path, JSON.parse(exchange.body));
      answer(exchange);
    });
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  const command = (args: readonly string[]) => ({
    argv: [process.execPath, MAIN, "-H", `unix://${socketPath}`, ...args],
    env: { ...QUIET, PATH: process.env.PATH ?? "", TZ: "UTC", LANG: "C.UTF-8", DOCKER_CONFIG: directory },
  });
  return {
    directory,
    requests,
    bodies,
    command,
    async run(args, stdin = "") {
      const { argv, env } = command(args);
      const child = Bun.spawn(argv, {
        env,
        cwd: directory,
        stdin: new TextEncoder().encode(stdin),
        stdout: "pipe",
        stderr: "pipe",
      });
      const texts = [new Response(child.stdout).text(), new Response(child.stderr).text()] as const;
      const [out, err, code] = await Promise.all([...texts, child.exited]);
      return { code, out, err };
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

const HEAD = "Api-Version: 1.51\r\nContent-Type: ";

/** Reads requests of HTTP/1.1 from a connection until one of them is hijacked. */
function serve(socket: Socket, handle: (exchange: Exchange) => void): void {
  let buffer = Buffer.alloc(0);
  let hijacked = false;
  const read = (bytes: Buffer) => {
    buffer = Buffer.concat([buffer, bytes]);
    while (!hijacked) {
      const end = buffer.indexOf("\r\n\r\n");
      if (end < 0) return;
      const head = buffer.subarray(0, end).toString("latin1");
      const body = bodyOf(head, buffer.subarray(end + 4));
      if (!body) return;
      buffer = buffer.subarray(end + 4 + body.size);
      handle(exchangeOf(head, body.text));
    }
  };
  socket.on("data", read);

  function exchangeOf(head: string, body: string): Exchange {
    const [method = "", target = ""] = head.split(" ");
    const url = new URL(target, "http://engine");
    return {
      method,
      path: url.pathname.replace(/^\/v[\d.]+/, ""),
      query: url.searchParams,
      body,
      json(value, status = 200) {
        const text = `${JSON.stringify(value)}\n`;
        const length = Buffer.byteLength(text);
        socket.write(
          `HTTP/1.1 ${status} X\r\n${HEAD}application/json\r\nContent-Length: ${length}\r\n\r\n${text}`,
        );
      },
      empty(status = 204) {
        const length = status === 204 || status === 304 ? "" : "Content-Length: 0\r\n";
        socket.write(`HTTP/1.1 ${status} X\r\n${HEAD}text/plain\r\n${length}\r\n`);
      },
      later() {
        socket.write(`HTTP/1.1 200 X\r\n${HEAD}application/json\r\nTransfer-Encoding: chunked\r\n\r\n`);
        return {
          end(...values) {
            const text = values.map((value) => `${JSON.stringify(value)}\r\n`).join("");
            socket.write(`${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n0\r\n\r\n`);
          },
        };
      },
      close: () => socket.end(),
      hijack(multiplexed) {
        hijacked = true;
        const type = multiplexed ? "multiplexed-stream" : "raw-stream";
        socket.off("data", read);
        socket.pause();
        socket.write(
          `HTTP/1.1 101 X\r\n${HEAD}application/vnd.docker.${type}\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n`,
        );
        if (buffer.length > 0) socket.unshift(buffer);
        return socket;
      },
    };
  }
}

/** The body that follows a head; undefined while it is not whole. */
function bodyOf(head: string, rest: Buffer): { text: string; size: number } | undefined {
  const length = Number(/content-length: (\d+)/i.exec(head)?.[1] ?? 0);
  if (!/transfer-encoding: chunked/i.test(head)) {
    return rest.length < length
      ? undefined
      : { text: rest.subarray(0, length).toString("latin1"), size: length };
  }
  let text = "";
  for (let at = 0; ; ) {
    const end = rest.indexOf("\r\n", at);
    if (end < 0) return undefined;
    const size = Number.parseInt(rest.subarray(at, end).toString(), 16);
    if (rest.length < end + 2 + size + 2) return undefined;
    text += rest.subarray(end + 2, end + 2 + size).toString("latin1");
    at = end + 2 + size + 2;
    if (size === 0) return { text, size: at };
  }
}
