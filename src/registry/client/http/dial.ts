import { connect, type Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { encodeRequestHead, readResponseHead } from "../../../core/index.ts";
import type { Timing } from "../timing.ts";
import { ByteStream } from "./byte-stream.ts";
import type { ProxyServer } from "./proxy.ts";
import { connectError, TransportError } from "./transport-error.ts";

/** Where a connection leads, and how. */
export interface Destination {
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** Trust and client certificate; undefined: no TLS. */
  readonly tls: ConnectionOptions | undefined;
  readonly proxy: (ProxyServer & { readonly tls: ConnectionOptions | undefined }) | undefined;
}

/**
 * Opens a connection: straight, to the proxy (plain HTTP is asked of the proxy itself), or through it by CONNECT.
 * @throws TransportError, or the signal's reason
 */
export async function dial(to: Destination, timing: Timing, signal: AbortSignal): Promise<ByteStream> {
  signal.throwIfAborted();
  const where = hostPort(to.host, to.port);
  const limit = { ms: timing.connect, signal };
  if (!to.proxy) return new ByteStream(await open(to, limit), where, timing.stall);
  const { proxy } = to;
  const socket = await open(proxy, limit);
  const stream = new ByteStream(socket, `proxy ${hostPort(proxy.host, proxy.port)}`, timing.stall);
  if (!to.tls) return stream;
  const abort = () => stream.destroy(signal.reason as Error);
  signal.addEventListener("abort", abort, { once: true });
  try {
    await tunnel(stream, where, proxy);
  } catch (error) {
    stream.destroy();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
  return new ByteStream(
    await open({ ...to, tls: to.tls, through: stream.release() }, limit),
    where,
    timing.stall,
  );
}

/** RFC 9110, section 9.3.6. */
async function tunnel(stream: ByteStream, where: string, proxy: ProxyServer): Promise<void> {
  const headers = { Host: where, ...proxy.headers };
  await stream.write(encodeRequestHead("CONNECT", where, headers));
  const head = await readResponseHead(stream);
  if (head?.status === 200) return;
  const answer = head ? `${head.status} ${head.reason}`.trim() : "no answer";
  throw new TransportError(
    "connect",
    `proxy ${hostPort(proxy.host, proxy.port)} does not connect to ${where}: ${answer}`,
  );
}

interface Opening {
  readonly host: string;
  readonly port: number;
  readonly tls: ConnectionOptions | undefined;
  readonly through?: Socket;
}

async function open(to: Opening, limit: { ms: number; signal: AbortSignal }): Promise<Socket> {
  const { host, port, through } = to;
  const where = hostPort(host, port);
  // Loaded when the first registry with TLS is asked.
  const secure = to.tls && (await import("node:tls")).connect;
  limit.signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const socket: Socket = secure
      ? secure({ ...to.tls, ...(through ? { socket: through } : { port }), host })
      : connect({ host, port });
    const timer = setTimeout(
      () => fail(new TransportError("connect", `dial ${where}: i/o timeout`)),
      limit.ms,
    );
    const done = () => {
      clearTimeout(timer);
      limit.signal.removeEventListener("abort", aborted);
      socket.off("error", fail).off("close", closed);
    };
    const fail = (error: Error) => {
      done();
      socket.on("error", () => undefined);
      socket.destroy();
      through?.destroy();
      reject(limit.signal.aborted ? limit.signal.reason : connectError(where, error));
    };
    const closed = () =>
      fail(
        secure
          ? new TransportError("tls", `tls: ${where} closed the connection during the handshake`)
          : new TransportError("connect", `dial ${where}: closed`),
      );
    const aborted = () => fail(limit.signal.reason as Error);
    limit.signal.addEventListener("abort", aborted, { once: true });
    socket.on("error", fail).on("close", closed);
    socket.once(secure ? "secureConnect" : "connect", () => {
      done();
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}

export function hostPort(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}
