import { constants } from "node:os";
import { KernelError } from "./errno.ts";
import { attribute, decodeAttributes, type NetlinkMessage, uint32 } from "./rtnetlink-message.ts";
import { NetlinkSocket } from "./rtnetlink-socket.ts";

const NETLINK_NETFILTER = 12;
/** Message types of nfnetlink: the connection tracking subsystem in the upper byte. */
const CT = { GET: 0x101, DELETE: 0x102 };
const AF_INET = 2;
const NESTED = 0x8000;
const CTA = { TUPLE_ORIG: 1, TUPLE_REPLY: 2, FILTER: 25 };
const CTA_FILTER_ORIG_FLAGS = 1;
const CTA_FILTER_PROTO_NUM = 1 << 3;
const TUPLE = { IP: 1, PROTO: 2 };
const IP = { SRC: 1, DST: 2 };
const PROTO = { NUM: 1, DST_PORT: 3 };
const IPPROTO_UDP = 17;

/** A UDP exchange that the kernel remembers with its translation (connection tracking). */
export interface UdpFlow {
  /** Where the client sends to. */
  readonly destination: string;
  readonly port: number;
  /** Who answers: the container, once the destination was translated. */
  readonly answerer: string;
}

/** `struct nfgenmsg`. */
const header = () => Buffer.from([AF_INET, 0, 0, 0]);

/** Asks for UDP alone; a kernel too old for the filter lists everything, which is sorted out afterwards. */
function listRequest(): Buffer {
  return Buffer.concat([
    header(),
    attribute(
      CTA.TUPLE_ORIG | NESTED,
      attribute(TUPLE.PROTO | NESTED, attribute(PROTO.NUM, Uint8Array.of(IPPROTO_UDP))),
    ),
    attribute(CTA.FILTER | NESTED, attribute(CTA_FILTER_ORIG_FLAGS, uint32(CTA_FILTER_PROTO_NUM))),
  ]);
}

function readFlow(message: NetlinkMessage): { flow: UdpFlow; tuple: Buffer } | undefined {
  const attributes = decodeAttributes(message.payload, 4);
  const tuple = attributes.get(CTA.TUPLE_ORIG);
  const reply = attributes.get(CTA.TUPLE_REPLY);
  const sent = tuple && decodeAttributes(tuple);
  const [route, protocol] = [sent?.get(TUPLE.IP), sent?.get(TUPLE.PROTO)];
  const answer = reply && decodeAttributes(reply).get(TUPLE.IP);
  if (!tuple || !route || !protocol || !answer) return undefined;
  const numbers = decodeAttributes(protocol);
  if (numbers.get(PROTO.NUM)?.[0] !== IPPROTO_UDP) return undefined;
  return {
    flow: {
      destination: decodeAttributes(route).get(IP.DST)?.join(".") ?? "",
      port: numbers.get(PROTO.DST_PORT)?.readUInt16BE(0) ?? 0,
      answerer: decodeAttributes(answer).get(IP.SRC)?.join(".") ?? "",
    },
    tuple,
  };
}

/**
 * Makes the kernel forget UDP flows. It translates a flow as its first packet was, for as long as packets come: without
 * this a client that goes on sending never reaches a container that took over the port. Returns how many were forgotten.
 * @throws KernelError
 */
export function forgetUdpFlows(matches: (flow: UdpFlow) => boolean): number {
  using socket = new NetlinkSocket(NETLINK_NETFILTER);
  let count = 0;
  for (const message of socket.dump("list UDP flows", { type: CT.GET, body: listRequest() })) {
    const found = readFlow(message);
    if (!found || !matches(found.flow)) continue;
    const body = Buffer.concat([header(), attribute(CTA.TUPLE_ORIG | NESTED, found.tuple)]);
    try {
      socket.request("forget a UDP flow", { type: CT.DELETE, body });
      count++;
    } catch (error) {
      // It ended by itself meanwhile.
      if (!(error instanceof KernelError) || error.errno !== constants.errno.ENOENT) throw error;
    }
  }
  return count;
}
