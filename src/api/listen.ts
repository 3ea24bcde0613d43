import { chownSync, existsSync, lstatSync, mkdirSync, readFileSync, unlinkSync } from "node:fs";
import { dirname } from "node:path";
import { codeOf, conflict, invalid, messageOf, unavailable, unsupported } from "../core/index.ts";
import { Wire } from "./http/wire.ts";

/** Where to listen: a unix socket or a TCP address. */
export type Host = { kind: "unix"; path: string } | { kind: "tcp"; hostname: string; port: number };

export interface Listener {
  /** As people write it, with the port that was really taken. */
  readonly address: string;
  /** Takes no further connections, and removes the socket file. */
  stop(): void;
}

const SOCKET_MODE = 0o660;
const LONGEST_SOCKET_PATH = 107;
const KEEP_ALIVE_MS = 60_000;
const DEFAULT_TCP_PORT = 2375;

/** Reads `unix:///path` or `tcp://address[:port]`. @throws invalid, unsupported */
export function parseHost(host: string): Host {
  const at = host.indexOf("://");
  const scheme = host.slice(0, Math.max(0, at));
  const rest = host.slice(at + 3);
  if (scheme === "unix") {
    if (!rest.startsWith("/")) throw invalid(`invalid host ${host}: unix:// needs an absolute path`);
    if (Buffer.byteLength(rest) > LONGEST_SOCKET_PATH) {
      throw invalid(`invalid host ${host}: a socket's path has at most ${LONGEST_SOCKET_PATH} bytes`);
    }
    return { kind: "unix", path: rest };
  }
  if (scheme === "tcp") {
    const match = /^(\[[0-9a-fA-F:.]+\]|[^:/[\]]*)(?::(\d{1,5}))?\/?$/.exec(rest);
    const port = Number(match?.[2] ?? DEFAULT_TCP_PORT);
    if (!match || port > 65535) throw invalid(`invalid host ${host}: expected tcp://address:port`);
    const hostname = (match[1] as string).replace(/^\[|\]$/g, "") || "127.0.0.1";
    return { kind: "tcp", hostname, port };
  }
  if (scheme === "fd" || scheme === "npipe" || scheme === "ssh") {
    throw unsupported(`cannot listen on ${host}: use unix:///path or tcp://address:port`);
  }
  throw invalid(`invalid host ${host}: expected unix:///path or tcp://address:port`);
}

/**
 * Listens on `host` and gives every connection as a Wire. A unix socket is for root and the group `docker` alone from
 * the moment it exists. @throws conflict when another program answers there; unavailable
 */
export async function listen(host: Host, accept: (wire: Wire) => void): Promise<Listener> {
  if (host.kind === "unix") await removeStale(host.path);
  const socket: Bun.SocketHandler<Wire> = {
    open(raw) {
      // Otherwise a peer that vanished from the network would hold its stream for ever.
      if (host.kind === "tcp") raw.setKeepAlive(true, KEEP_ALIVE_MS);
      raw.data = new Wire(raw);
      accept(raw.data);
    },
    data: (raw, data) => raw.data.received(data),
    drain: (raw) => raw.data.writable(),
    end: (raw) => raw.data.peerEnded(),
    close: (raw) => raw.data.peerClosed(),
    error: (raw) => raw.data.destroy(),
  };
  if (host.kind === "tcp") {
    const name = host.hostname.includes(":") ? `[${host.hostname}]` : host.hostname;
    try {
      const server = Bun.listen({ hostname: host.hostname, port: host.port, allowHalfOpen: true, socket });
      return { address: `tcp://${name}:${server.port}`, stop: () => server.stop() };
    } catch (error) {
      throw listenError(`tcp://${name}:${host.port}`, error);
    }
  }
  // The mask, not a later chmod, so that nobody can connect in between.
  const mask = process.umask(0o777 & ~SOCKET_MODE);
  try {
    const server = Bun.listen({ unix: host.path, allowHalfOpen: true, socket });
    chownSync(host.path, process.getuid?.() ?? 0, dockerGroup() ?? process.getgid?.() ?? 0);
    return { address: `unix://${host.path}`, stop: () => server.stop() };
  } catch (error) {
    throw listenError(`unix://${host.path}`, error);
  } finally {
    process.umask(mask);
  }
}

/** Removes a socket that a dead daemon left; one that answers, or any other file, is refused. */
async function removeStale(path: string): Promise<void> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o755 });
  if (!existsSync(path)) return;
  if (!lstatSync(path).isSocket()) {
    throw conflict(`cannot listen on unix://${path}: a file that is not a socket is in the way`);
  }
  if (await answers(path)) {
    throw conflict(`cannot listen on unix://${path}: another daemon is listening there`);
  }
  unlinkSync(path);
}

async function answers(path: string): Promise<boolean> {
  try {
    const socket = await Bun.connect({ unix: path, socket: { data() {}, error() {}, connectError() {} } });
    socket.end();
    return true;
  } catch (error) {
    // Only these two say that nobody is there; anything else (a full backlog) may be a daemon at work.
    return codeOf(error) !== "ECONNREFUSED" && codeOf(error) !== "ENOENT";
  }
}

/** The number of the group `docker`, where there is one. */
function dockerGroup(): number | undefined {
  try {
    const line = /^docker:[^:]*:(\d+):/m.exec(readFileSync("/etc/group", "utf8"));
    return line ? Number(line[1]) : undefined;
  } catch {
    return undefined;
  }
}

function listenError(address: string, error: unknown): Error {
  if (codeOf(error) === "EADDRINUSE") {
    return conflict(`cannot listen on ${address}: the address is in use`, error);
  }
  return unavailable(`cannot listen on ${address}: ${messageOf(error)}`, error);
}
