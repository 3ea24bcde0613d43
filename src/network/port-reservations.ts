import { isIP, isIPv6 } from "node:net";
import { type BerthError, codeOf, invalid, messageOf } from "../core/index.ts";
import { bindSocket, closeFd } from "../kernel/index.ts";
import { ephemeralPorts } from "./ephemeral-ports.ts";
import { allocatedError, bindError, type Claimant, portError } from "./port-error.ts";
import { listenTcp } from "./tcp-proxy.ts";
import type { PortRequest, PublishedPort } from "./types.ts";
import { forwardUdp } from "./udp-proxy.ts";

interface Held {
  readonly port: PublishedPort;
  readonly claimant: Claimant;
  release(): void;
}

/** `refusal` makes the error only when it is needed: it looks for the holder among all processes. */
type Attempt = { readonly held: Held[] } | { readonly refusal: () => BerthError };

/**
 * Host ports in use by containers. A port is kept by a real socket of the daemon, so that no other program can take
 * it and a taken one is noticed; the packets themselves go by the firewall.
 */
export class PortReservations {
  readonly #held = new Map<string, Held[]>();
  readonly #random = ephemeralPorts();

  /** Takes every port asked for, or none. @throws conflict, saying who has the port; invalid; unavailable */
  claim(requests: readonly PortRequest[], claimant: Claimant): PublishedPort[] {
    const held: Held[] = [];
    this.#held.set(claimant.endpointId, held);
    try {
      for (const request of requests) held.push(...this.#claimOne(request, claimant));
    } catch (error) {
      this.release(claimant.endpointId);
      throw error;
    }
    return held.map(({ port }) => port);
  }

  /** Takes again what an earlier daemon had. A port that somebody has taken meanwhile is reported, not fatal. */
  reclaim(ports: readonly PublishedPort[], claimant: Claimant, log: (message: string) => void): void {
    const held: Held[] = [];
    this.release(claimant.endpointId);
    this.#held.set(claimant.endpointId, held);
    for (const port of ports) {
      try {
        held.push(bind(port, claimant));
      } catch (error) {
        const { hostPort, protocol } = port;
        const why = codeOf(error) ?? messageOf(error);
        log(`port ${hostPort}/${protocol} of ${claimant.containerName} cannot be reserved again: ${why}`);
        // It is still this container's: its packets go by the firewall.
        held.push({ port, claimant, release: () => {} });
      }
    }
  }

  release(endpointId: string): void {
    for (const held of this.#held.get(endpointId) ?? []) held.release();
    this.#held.delete(endpointId);
  }

  releaseAll(): void {
    for (const id of [...this.#held.keys()]) this.release(id);
  }

  #claimOne(request: PortRequest, claimant: Claimant): Held[] {
    const { protocol, hostIp, hostPortStart: first, hostPortEnd: last } = request;
    if (hostIp !== "" && isIP(hostIp) === 0) {
      throw invalid(`invalid host address ${JSON.stringify(hostIp)}: expected an IPv4 or IPv6 address`);
    }
    if (first === 0) {
      for (const hostPort of this.#random.next()) {
        const attempt = this.#tryAt(request, hostPort, claimant);
        if ("held" in attempt) return attempt.held;
      }
      throw portError(claimant, `all ports are allocated: no ${protocol} port is free for random publishing`);
    }
    for (let hostPort = first; ; hostPort++) {
      const attempt = this.#tryAt(request, hostPort, claimant);
      if ("held" in attempt) return attempt.held;
      if (hostPort >= last) throw attempt.refusal();
    }
  }

  /** Takes every address of the request at one port, or says why it is taken. @throws what no other port would help */
  #tryAt(request: PortRequest, hostPort: number, claimant: Claimant): Attempt {
    const { protocol, containerPort, hostIp } = request;
    const held: Held[] = [];
    const giveUp = (refusal: () => BerthError): Attempt => {
      for (const { release } of held) release();
      return { refusal };
    };
    for (const address of hostIp === "" ? ["0.0.0.0", "::"] : [hostIp]) {
      const port = { protocol, containerPort, hostIp: address, hostPort };
      const holder = this.#holder(port);
      if (holder) return giveUp(() => allocatedError(claimant, port, holder.claimant.containerName));
      try {
        held.push(bind(port, claimant));
      } catch (error) {
        const inUse = codeOf(error) === "EADDRINUSE";
        // A host without IPv6 publishes on IPv4 alone.
        if (hostIp === "" && address === "::" && !inUse) continue;
        const attempt = giveUp(() => bindError(claimant, port, error));
        if (!inUse) throw bindError(claimant, port, error);
        return attempt;
      }
    }
    return { held };
  }

  #holder(wanted: PublishedPort): Held | undefined {
    for (const list of this.#held.values()) {
      const found = list.find(({ port }) => collide(port, wanted));
      if (found) return found;
    }
    return undefined;
  }
}

function bind(port: PublishedPort, claimant: Claimant): Held {
  const { protocol, hostIp, hostPort, containerPort } = port;
  const target = { address: claimant.address, port: containerPort };
  if (protocol === "tcp") {
    const listener = listenTcp(hostIp, hostPort, target);
    return { port, claimant, release: () => listener.close() };
  }
  const fd = protocol === "sctp" ? bindSctp(hostIp, hostPort) : bindSocket(protocol, hostIp, hostPort);
  if (fd === undefined) return { port, claimant, release: () => {} };
  if (protocol === "udp" && isIPv6(hostIp)) {
    const proxy = forwardUdp(fd, true, target);
    return { port, claimant, release: () => proxy.close() };
  }
  return { port, claimant, release: () => closeFd(fd) };
}

/** A kernel without SCTP sockets of its own still passes SCTP on: there is nothing to keep anybody from. */
function bindSctp(hostIp: string, hostPort: number): number | undefined {
  try {
    return bindSocket("sctp", hostIp, hostPort);
  } catch (error) {
    if (codeOf(error) === "EPROTONOSUPPORT") return undefined;
    throw error;
  }
}

/** Whether two bindings want the same port of the same address; a wildcard address is all of its family. */
function collide(a: PublishedPort, b: PublishedPort): boolean {
  if (a.protocol !== b.protocol || a.hostPort !== b.hostPort) return false;
  if (isIPv6(a.hostIp) !== isIPv6(b.hostIp)) return false;
  const wildcard = ["0.0.0.0", "::"];
  return a.hostIp === b.hostIp || wildcard.includes(a.hostIp) || wildcard.includes(b.hostIp);
}
