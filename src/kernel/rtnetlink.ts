import { constants } from "node:os";
import { KernelError } from "./errno.ts";
import { decodeAttributes, type NetlinkMessage, readText } from "./rtnetlink-message.ts";
import {
  addressRequest,
  bridgeRequest,
  defaultRouteRequest,
  deleteLinkRequest,
  getLinkRequest,
  hairpinRequest,
  IFA,
  IFLA,
  IFLA_INFO,
  joinRequest,
  listAddressesRequest,
  listLinksRequest,
  listRoutesRequest,
  RTA,
  upRequest,
  type VethOptions,
  vethRequest,
} from "./rtnetlink-request.ts";
import { NetlinkSocket } from "./rtnetlink-socket.ts";

export type { VethOptions };

const IFF_UP = 1;
const { ENODEV } = constants.errno;

export interface Link {
  readonly index: number;
  readonly name: string;
  /** Index of the bridge it belongs to; 0 for none. */
  readonly master: number;
  /** `bridge`, `veth`...; empty for hardware. */
  readonly kind: string;
  readonly up: boolean;
}

/** An IPv4 network of the host, e.g. `10.1.0.0` and 16, and the index of the link it is on (0: none is named). */
export interface HostPrefix {
  readonly address: string;
  readonly length: number;
  readonly link: number;
}

/**
 * Links, addresses and routes of one network namespace: of the one this thread is in when the object is made
 * (wrap it in `inNetns` for another). Every failure is a KernelError that names the operation.
 */
export class Rtnetlink implements Disposable {
  readonly #socket = new NetlinkSocket();

  [Symbol.dispose](): void {
    this.#socket[Symbol.dispose]();
  }

  /** Makes a bridge. @throws KernelError EEXIST when the name is taken */
  createBridge(name: string, mac: string, mtu: number): void {
    this.#socket.request(`create bridge ${name}`, bridgeRequest(name, mac, mtu));
  }

  /**
   * Makes a veth pair in one round trip: the host's end up and in the bridge, the peer born inside its namespace
   * (moving a link there later costs an RCU grace period) and still down: `configure` it there.
   */
  createVeth(options: VethOptions): void {
    const what = `create veth ${options.hostName}`;
    this.#socket.request(what, vethRequest(options), hairpinRequest(options.hostName));
  }

  /** Makes a link a port of a bridge. */
  join(name: string, bridge: number): void {
    this.#socket.request(`join ${name} to its bridge`, joinRequest(name, bridge), hairpinRequest(name));
  }

  setUp(name: string): void {
    this.#socket.request(`set ${name} up`, upRequest(name));
  }

  /** Gives a link its address, sets it up and, with a gateway, makes it the default route: one round trip. */
  configure(name: string, address: string, prefixLength: number, gateway?: string): void {
    const what = `configure ${name} with ${address}/${prefixLength}`;
    const link = this.link(name);
    if (!link) throw new KernelError(what, ENODEV);
    const requests = [addressRequest(link.index, address, prefixLength), upRequest(name)];
    if (gateway !== undefined) requests.push(defaultRouteRequest(link.index, gateway));
    this.#socket.request(what, ...requests);
  }

  /** The link of this name, if there is one. */
  link(name: string): Link | undefined {
    const found = this.#unlessMissing(() =>
      this.#socket.request(`look up link ${name}`, getLinkRequest(name)),
    );
    return found?.[0] && readLink(found[0]);
  }

  links(): Link[] {
    return this.#socket.dump("list links", listLinksRequest()).map(readLink);
  }

  /** IPv4 addresses, each with the length of its network's prefix. */
  addresses(): HostPrefix[] {
    return this.#socket.dump("list addresses", listAddressesRequest()).map((message) => {
      const attributes = decodeAttributes(message.payload, 8);
      return {
        address: dotted(attributes.get(IFA.LOCAL) ?? attributes.get(IFA.ADDRESS)),
        length: message.payload.readUInt8(1),
        link: message.payload.readUInt32LE(4),
      };
    });
  }

  /** Destinations of the IPv4 routes in every table; the default route has length 0. */
  routes(): HostPrefix[] {
    return this.#socket.dump("list routes", listRoutesRequest()).map((message) => {
      const attributes = decodeAttributes(message.payload, 12);
      return {
        address: dotted(attributes.get(RTA.DST)),
        length: message.payload.readUInt8(1),
        link: attributes.get(RTA.OIF)?.readUInt32LE(0) ?? 0,
      };
    });
  }

  /**
   * Deletes a link, and with a veth its peer. It waits for RCU grace periods (20 to 40 ms): never while a client
   * waits. False when there was none.
   */
  deleteLink(name: string): boolean {
    const done = this.#unlessMissing(() =>
      this.#socket.request(`delete link ${name}`, deleteLinkRequest(name)),
    );
    return done !== undefined;
  }

  #unlessMissing<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      if (error instanceof KernelError && error.errno === ENODEV) return undefined;
      throw error;
    }
  }
}

function readLink(message: NetlinkMessage): Link {
  const attributes = decodeAttributes(message.payload, 16);
  const information = attributes.get(IFLA.LINKINFO);
  return {
    index: message.payload.readInt32LE(4),
    name: readText(attributes.get(IFLA.IFNAME)),
    master: attributes.get(IFLA.MASTER)?.readUInt32LE(0) ?? 0,
    kind: readText(information && decodeAttributes(information).get(IFLA_INFO.KIND)),
    up: (message.payload.readUInt32LE(8) & IFF_UP) !== 0,
  };
}

function dotted(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? "0.0.0.0" : bytes.subarray(0, 4).join(".");
}
