import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  request as requestOf,
  type ServerResponse,
} from "node:http";

/** A request as it arrived. */
export interface SeenRequest {
  readonly method: string;
  /** Path with query. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Its number among those for the same method and path without query, from 1. */
  readonly times: number;
}

/** What is done to one request instead of passing it on as it is. */
export type Fault =
  /** The reply's connection is closed after so many bytes of its body. */
  | { readonly kind: "cut"; readonly after: number }
  /** Nothing more comes after so many bytes of its body. */
  | { readonly kind: "stall"; readonly after: number }
  /** The connection is closed once so many bytes of the request's body have come, and were passed on. */
  | { readonly kind: "cutRequest"; readonly after: number }
  /** An answer of the proxy's own. */
  | {
      readonly kind: "reply";
      readonly status: number;
      readonly headers?: OutgoingHttpHeaders;
      readonly body?: string | Uint8Array | AsyncIterable<Uint8Array>;
    }
  /** Passed on with other request headers (undefined: without), and answered with another head or body. */
  | {
      readonly kind: "change";
      readonly request?: OutgoingHttpHeaders;
      readonly reply?: OutgoingHttpHeaders;
      readonly body?: (bytes: Uint8Array) => Uint8Array;
    };

export interface FaultyProxy extends AsyncDisposable {
  /** `127.0.0.1:PORT` */
  readonly host: string;
  readonly requests: readonly SeenRequest[];
  /** Decides what happens to a request; undefined: it is passed on. */
  fault: (request: SeenRequest) => Fault | undefined;
  /** Connections that are open now. */
  readonly open: number;
}

/** A plain HTTP server on loopback that passes requests on to `target` (host and port) and does them wrong on demand. */
export async function startFaultyProxy(target: { host: string }): Promise<FaultyProxy> {
  const requests: SeenRequest[] = [];
  const sockets = new Set<object>();
  const server = createServer((incoming, outgoing) => {
    const { method = "", url = "", headers } = incoming;
    const path = (text: string) => text.split("?")[0];
    const same = requests.filter((seen) => seen.method === method && path(seen.path) === path(url));
    const seen = { method, path: url, headers, times: same.length + 1 };
    requests.push(seen);
    incoming.on("error", () => undefined);
    outgoing.on("error", () => undefined);
    void answer(target.host, incoming, outgoing, proxy.fault(seen));
  });
  server.on("connection", (socket) => {
    sockets.add(socket);
    socket.on("close", () => sockets.delete(socket));
    socket.on("error", () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  const proxy: FaultyProxy = {
    host: `127.0.0.1:${port}`,
    requests,
    fault: () => undefined,
    get open() {
      return sockets.size;
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return proxy;
}

async function answer(
  host: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fault: Fault | undefined,
): Promise<void> {
  try {
    if (fault?.kind === "reply") await ownReply(incoming, outgoing, fault);
    else await passOn(host, incoming, outgoing, fault);
  } catch {
    // The registry or the client has gone: so does the connection.
    incoming.socket.destroy();
  }
}

async function ownReply(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fault: Extract<Fault, { kind: "reply" }>,
): Promise<void> {
  for await (const _ of incoming);
  outgoing.writeHead(fault.status, fault.headers);
  const { body = "" } = fault;
  if (typeof body === "string" || body instanceof Uint8Array) {
    outgoing.end(body);
    return;
  }
  for await (const bytes of body) {
    if (outgoing.destroyed || incoming.socket.destroyed) return;
    await write(outgoing, bytes);
  }
  outgoing.end();
}

async function passOn(
  host: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fault: Exclude<Fault, { kind: "reply" }> | undefined,
): Promise<void> {
  const changed = fault?.kind === "change" ? fault.request : undefined;
  const headers = Object.fromEntries(
    Object.entries({ ...incoming.headers, ...changed }).filter(([, value]) => value !== undefined),
  ) as OutgoingHttpHeaders;
  const upstream = requestOf(`http://${host}${incoming.url}`, { method: incoming.method, headers });
  const reply = new Promise<IncomingMessage>((resolve, reject) => {
    upstream.once("response", resolve).once("error", reject);
  });
  reply.catch(() => undefined);
  let received = 0;
  for await (const bytes of incoming) {
    received += bytes.length;
    if (fault?.kind === "cutRequest" && received > fault.after) {
      await write(upstream, bytes.subarray(0, bytes.length - (received - fault.after)));
      // What was passed on must be with the registry before its connection ends.
      await Bun.sleep(100);
      upstream.destroy();
      incoming.socket.destroy();
      return;
    }
    await write(upstream, bytes);
  }
  upstream.end();
  await sendReply(await reply, incoming, outgoing, fault);
}

async function sendReply(
  reply: IncomingMessage,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  fault: Exclude<Fault, { kind: "reply" }> | undefined,
): Promise<void> {
  const change = fault?.kind === "change" ? fault : undefined;
  if (change?.body) {
    const chunks: Uint8Array[] = [];
    for await (const bytes of reply) chunks.push(bytes);
    const body = change.body(Buffer.concat(chunks));
    const headers = { ...reply.headers, "content-length": body.length, ...change.reply };
    outgoing.writeHead(reply.statusCode ?? 500, headers).end(body);
    return;
  }
  outgoing.writeHead(reply.statusCode ?? 500, { ...reply.headers, ...change?.reply });
  const limit = fault?.kind === "cut" || fault?.kind === "stall" ? fault.after : Number.POSITIVE_INFINITY;
  let sent = 0;
  for await (const bytes of reply) {
    const part = bytes.subarray(0, limit - sent);
    sent += part.length;
    await write(outgoing, part);
    if (sent < limit) continue;
    reply.destroy();
    if (fault?.kind === "cut") incoming.socket.destroy();
    return;
  }
  outgoing.end();
}

/** Waits until there is room for more, or nobody to take it. */
function write(stream: NodeJS.WritableStream, bytes: Uint8Array): Promise<void> {
  if (bytes.length === 0 || stream.write(bytes)) return Promise.resolve();
  return new Promise((resolve) => {
    const events = ["drain", "close", "error"];
    const done = () => {
      for (const event of events) stream.off(event, done);
      resolve();
    };
    for (const event of events) stream.on(event, done);
  });
}
