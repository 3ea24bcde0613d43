import type { Socket, TCPSocketListener } from "bun";

export interface ProxyTarget {
  readonly address: string;
  readonly port: number;
}

/** One of the two connections that are joined. */
interface Side {
  /** Undefined until the connection to the container stands. */
  peer?: Socket<Side>;
  /** What came for this side's peer but could not be written to it yet. */
  waiting: Uint8Array[];
  /** This side has sent all it will. */
  ended: boolean;
}

/**
 * Holds a TCP port and passes its connections on to a container. The kernel's DNAT takes most connections before they
 * arrive here; IPv6 ones, which DNAT cannot hand to an IPv4 container, come through. Half-closes are passed on.
 * @throws an error with the code EADDRINUSE, EADDRNOTAVAIL...
 */
export function listenTcp(hostIp: string, port: number, target: ProxyTarget): { close(): void } {
  const listener: TCPSocketListener<Side> = Bun.listen<Side>({
    hostname: hostIp,
    port,
    exclusive: true,
    ...(hostIp.includes(":") && { ipv6Only: true }),
    allowHalfOpen: true,
    socket: { ...handlers, open: (client) => connectOn(client, target) },
  });
  return { close: () => listener.stop(true) };
}

function connectOn(client: Socket<Side>, target: ProxyTarget): void {
  client.data = { waiting: [], ended: false };
  client.pause();
  Bun.connect<Side>({
    hostname: target.address,
    port: target.port,
    allowHalfOpen: true,
    data: { peer: client, waiting: [], ended: false },
    socket: {
      ...handlers,
      open(server) {
        client.data.peer = server;
        client.resume();
        passOn(client);
      },
    },
  }).catch(() => client.terminate());
}

const handlers = {
  data(from: Socket<Side>, chunk: Uint8Array) {
    from.data.waiting.push(Uint8Array.from(chunk));
    passOn(from);
  },
  drain(to: Socket<Side>) {
    if (to.data.peer) passOn(to.data.peer);
  },
  end(from: Socket<Side>) {
    from.data.ended = true;
    passOn(from);
  },
  close(from: Socket<Side>) {
    from.data.ended = true;
    passOn(from);
  },
  error(from: Socket<Side>) {
    from.data.peer?.terminate();
    from.terminate();
  },
};

/** Writes what one side sent to the other, as much as goes; the sender is paused while something waits. */
function passOn(from: Socket<Side>): void {
  const { peer, waiting } = from.data;
  if (!peer) return;
  for (let chunk = waiting[0]; chunk; chunk = waiting[0]) {
    const written = peer.write(chunk);
    if (written < 0) {
      peer.terminate();
      return;
    }
    if (written < chunk.byteLength) {
      waiting[0] = chunk.subarray(written);
      from.pause();
      return;
    }
    waiting.shift();
  }
  if (from.data.ended) peer.shutdown();
  else from.resume();
}
