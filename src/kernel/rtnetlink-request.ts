import {
  addressHeader,
  attribute,
  ipv4Bytes,
  linkHeader,
  macBytes,
  routeHeader,
  text,
  uint32,
} from "./rtnetlink-message.ts";
import type { NetlinkRequest } from "./rtnetlink-socket.ts";

/** Numbers of linux/rtnetlink.h, if_link.h and if_addr.h. */
const AF_INET = 2;
const RTM = { NEWLINK: 16, DELLINK: 17, GETLINK: 18, NEWADDR: 20, GETADDR: 22, NEWROUTE: 24, GETROUTE: 26 };
const NLM_F_REPLACE = 0x100;
const NLM_F_EXCL = 0x200;
const NLM_F_CREATE = 0x400;
const IFF_UP = 1;
const RT_TABLE_MAIN = 254;
const RTPROT_BOOT = 3;
const RTN_UNICAST = 1;
const RTEXT_FILTER_SKIP_STATS = 8;
const VETH_INFO_PEER = 1;
const IFLA_BRPORT_MODE = 4;

export const IFLA = { ADDRESS: 1, IFNAME: 3, MTU: 4, MASTER: 10, LINKINFO: 18, NET_NS_FD: 28, EXT_MASK: 29 };
export const IFLA_INFO = { KIND: 1, DATA: 2, SLAVE_KIND: 4, SLAVE_DATA: 5 };
export const IFA = { ADDRESS: 1, LOCAL: 2, BROADCAST: 4 };
export const RTA = { DST: 1, OIF: 4, GATEWAY: 5 };

export interface VethOptions {
  readonly hostName: string;
  /** Index of the bridge that gets the host's end. */
  readonly bridge: number;
  readonly peerName: string;
  readonly peerMac: string;
  /** Descriptor of the network namespace in which the peer is born. */
  readonly netns: number;
  readonly mtu: number;
}

const nameOf = (name: string) => attribute(IFLA.IFNAME, text(name));

export function bridgeRequest(name: string, mac: string, mtu: number): NetlinkRequest {
  return createRequest(
    linkHeader(),
    nameOf(name),
    attribute(IFLA.ADDRESS, macBytes(mac)),
    attribute(IFLA.MTU, uint32(mtu)),
    attribute(IFLA.LINKINFO, attribute(IFLA_INFO.KIND, text("bridge"))),
  );
}

/**
 * The host's end up and in the bridge, the peer born inside its namespace. The kernel opens no veth before it has
 * both ends, so the peer cannot be up yet.
 */
export function vethRequest(options: VethOptions): NetlinkRequest {
  const peer = Buffer.concat([
    linkHeader(),
    nameOf(options.peerName),
    attribute(IFLA.ADDRESS, macBytes(options.peerMac)),
    attribute(IFLA.MTU, uint32(options.mtu)),
    attribute(IFLA.NET_NS_FD, uint32(options.netns)),
  ]);
  return createRequest(
    linkHeader(0, IFF_UP, IFF_UP),
    nameOf(options.hostName),
    attribute(IFLA.MTU, uint32(options.mtu)),
    attribute(IFLA.MASTER, uint32(options.bridge)),
    attribute(
      IFLA.LINKINFO,
      attribute(IFLA_INFO.KIND, text("veth")),
      attribute(IFLA_INFO.DATA, attribute(VETH_INFO_PEER, peer)),
    ),
  );
}

function createRequest(...body: Buffer[]): NetlinkRequest {
  return { type: RTM.NEWLINK, flags: NLM_F_CREATE | NLM_F_EXCL, body: Buffer.concat(body) };
}

function changeRequest(...body: Buffer[]): NetlinkRequest {
  return { type: RTM.NEWLINK, body: Buffer.concat(body) };
}

export function joinRequest(name: string, bridge: number): NetlinkRequest {
  return changeRequest(linkHeader(), nameOf(name), attribute(IFLA.MASTER, uint32(bridge)));
}

/** Hairpin mode: where br_netfilter is loaded, a container reaches its own published port only with it. */
export function hairpinRequest(name: string): NetlinkRequest {
  const data = attribute(IFLA_BRPORT_MODE, Uint8Array.of(1));
  return changeRequest(
    linkHeader(),
    nameOf(name),
    attribute(
      IFLA.LINKINFO,
      attribute(IFLA_INFO.SLAVE_KIND, text("bridge")),
      attribute(IFLA_INFO.SLAVE_DATA, data),
    ),
  );
}

export function upRequest(name: string): NetlinkRequest {
  return changeRequest(linkHeader(0, IFF_UP, IFF_UP), nameOf(name));
}

export function deleteLinkRequest(name: string): NetlinkRequest {
  return { type: RTM.DELLINK, body: Buffer.concat([linkHeader(), nameOf(name)]) };
}

const withoutStatistics = () => attribute(IFLA.EXT_MASK, uint32(RTEXT_FILTER_SKIP_STATS));

export function getLinkRequest(name: string): NetlinkRequest {
  return { type: RTM.GETLINK, body: Buffer.concat([linkHeader(), nameOf(name), withoutStatistics()]) };
}

export function listLinksRequest(): NetlinkRequest {
  return { type: RTM.GETLINK, body: Buffer.concat([linkHeader(), withoutStatistics()]) };
}

export function listAddressesRequest(): NetlinkRequest {
  return { type: RTM.GETADDR, body: addressHeader(AF_INET, 0, 0) };
}

export function listRoutesRequest(): NetlinkRequest {
  const body = routeHeader({ family: AF_INET, destinationLength: 0, table: 0, protocol: 0, type: 0 });
  return { type: RTM.GETROUTE, body };
}

export function addressRequest(index: number, address: string, prefixLength: number): NetlinkRequest {
  const bytes = Buffer.from(ipv4Bytes(address));
  const broadcast = Buffer.alloc(4);
  // A shift by 32 would shift by 0: the host bits of a /32 are none.
  const hostBits = prefixLength === 32 ? 0 : 0xffffffff >>> prefixLength;
  broadcast.writeUInt32BE((bytes.readUInt32BE(0) | hostBits) >>> 0, 0);
  return {
    type: RTM.NEWADDR,
    flags: NLM_F_CREATE | NLM_F_REPLACE,
    body: Buffer.concat([
      addressHeader(AF_INET, prefixLength, index),
      attribute(IFA.LOCAL, bytes),
      attribute(IFA.ADDRESS, bytes),
      attribute(IFA.BROADCAST, broadcast),
    ]),
  };
}

export function defaultRouteRequest(index: number, gateway: string): NetlinkRequest {
  const header = routeHeader({
    family: AF_INET,
    destinationLength: 0,
    table: RT_TABLE_MAIN,
    protocol: RTPROT_BOOT,
    type: RTN_UNICAST,
  });
  return {
    type: RTM.NEWROUTE,
    flags: NLM_F_CREATE,
    body: Buffer.concat([
      header,
      attribute(RTA.GATEWAY, ipv4Bytes(gateway)),
      attribute(RTA.OIF, uint32(index)),
    ]),
  };
}
