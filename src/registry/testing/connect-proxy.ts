import { createServer, type RequestListener, request } from "node:http";
import { createServer as createSecureServer } from "node:https";
import { connect } from "node:net";

export interface ConnectProxy extends AsyncDisposable {
  readonly url: string;
  /** Targets of CONNECT. */
  readonly connected: readonly string[];
  /** URLs of plain requests. */
  readonly forwarded: readonly string[];
}

/**
 * An HTTP proxy on loopback that knows the hosts of `names` (to `host:port`) and no others.
 * @param authorization the `Proxy-Authorization` it insists on
 * @param certificate with it, the connection to the proxy is TLS
 */
export async function startConnectProxy(
  names: Readonly<Record<string, string>>,
  authorization?: string,
  certificate?: { cert: string; key: string },
): Promise<ConnectProxy> {
  const connected: string[] = [];
  const forwarded: string[] = [];
  const sockets = new Set<{ destroy(): void }>();
  const known = (host: string) => names[host.replace(/:\d+$/, "")];
  const handle: RequestListener = (incoming, outgoing) => {
    const url = new URL(incoming.url ?? "");
    forwarded.push(url.href);
    const target = known(url.host);
    if (!target || incoming.headers["proxy-authorization"] !== authorization) {
      outgoing.writeHead(target ? 407 : 502).end();
      return;
    }
    const { method, headers } = incoming;
    const upstream = request(`http://${target}${url.pathname}${url.search}`, { method, headers }, (reply) => {
      outgoing.writeHead(reply.statusCode ?? 500, reply.headers);
      reply.pipe(outgoing);
    });
    upstream.on("error", () => outgoing.destroy());
    incoming.pipe(upstream);
  };
  const server = certificate ? createSecureServer(certificate, handle) : createServer(handle);
  server.on("connect", (incoming, socket) => {
    connected.push(incoming.url ?? "");
    sockets.add(socket);
    const target = known(incoming.url ?? "");
    socket.on("error", () => undefined);
    if (!target || incoming.headers["proxy-authorization"] !== authorization) {
      socket.end(`HTTP/1.1 ${target ? "407 Proxy Authentication Required" : "502 Bad Gateway"}\r\n\r\n`);
      return;
    }
    const [host, port] = target.split(":");
    const upstream = connect(Number(port), host as string, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      socket.pipe(upstream).pipe(socket);
    });
    sockets.add(upstream);
    upstream.on("error", () => socket.destroy());
    upstream.on("close", () => socket.destroy());
    socket.on("close", () => upstream.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    ...{ url: `http${certificate ? "s" : ""}://127.0.0.1:${port}`, connected, forwarded },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
