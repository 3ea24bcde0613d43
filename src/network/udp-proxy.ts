import { createSocket, type Socket } from "node:dgram";
import type { ProxyTarget } from "./tcp-proxy.ts";

/** As long as Docker's proxy remembers a client that sends nothing. */
const IDLE_MS = 90_000;
const MOST_CLIENTS = 1024;

interface Session {
  readonly upstream: Socket;
  readonly timer: ReturnType<typeof setTimeout>;
}

/**
 * Passes datagrams that reach a bound socket on to a container, and its answers back: one socket for each client, so
 * that the container can tell them apart. The descriptor belongs to the proxy from here on.
 */
export function forwardUdp(fd: number, v6: boolean, target: ProxyTarget): { close(): void } {
  const sessions = new Map<string, Session>();
  const server = createSocket(v6 ? "udp6" : "udp4");

  const forget = (key: string) => {
    const session = sessions.get(key);
    if (!session) return;
    sessions.delete(key);
    clearTimeout(session.timer);
    session.upstream.close();
  };

  const sessionOf = (address: string, port: number): Session => {
    const key = `${address} ${port}`;
    const known = sessions.get(key);
    if (known) {
      known.timer.refresh();
      return known;
    }
    // A flood of forged senders pushes out the oldest clients; it does not use up the daemon's descriptors.
    const oldest = sessions.size >= MOST_CLIENTS ? sessions.keys().next().value : undefined;
    if (oldest !== undefined) forget(oldest);
    const upstream = createSocket("udp4");
    upstream.on("message", (data) => server.send(data, port, address));
    upstream.on("error", () => forget(key));
    const timer = setTimeout(() => forget(key), IDLE_MS);
    timer.unref();
    const session = { upstream, timer };
    sessions.set(key, session);
    return session;
  };

  server.on("message", (data, from) => {
    sessionOf(from.address, from.port).upstream.send(data, target.port, target.address);
  });
  // The container not listening (ICMP unreachable) is the client's matter.
  server.on("error", () => {});
  server.bind({ fd });
  return {
    close: () => {
      for (const key of [...sessions.keys()]) forget(key);
      server.close();
    },
  };
}
