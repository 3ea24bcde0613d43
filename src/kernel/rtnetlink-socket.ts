import { constants } from "node:os";
import { KernelError } from "./errno.ts";
import { check, errno, libc } from "./ffi.ts";
import {
  decodeAttributes,
  decodeMessages,
  encodeMessage,
  type NetlinkMessage,
  readText,
} from "./rtnetlink-message.ts";

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;

const NLM_F_REQUEST = 1;
const NLM_F_ACK = 4;
const NLM_F_DUMP = 0x300;
const NLM_F_ACK_TLVS = 0x200;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLMSGERR_ATTR_MSG = 1;
const MSG_DONTWAIT = 0x40;
const { EAGAIN, EINTR } = constants.errno;

export interface NetlinkRequest {
  readonly type: number;
  /** Beside NLM_F_REQUEST and NLM_F_ACK, which are always set. */
  readonly flags?: number;
  readonly body: Uint8Array;
}

/**
 * A netlink socket of the network namespace in which it was made, wherever it is used later. The kernel works a
 * request off inside `send`: when that returns the answers are there. Calls are synchronous and short, and never wait.
 */
export class NetlinkSocket implements Disposable {
  readonly #fd: number;
  readonly #buffer = Buffer.alloc(64 << 10);
  #sequence = 0;
  #open = true;

  /** @param protocol 0 is NETLINK_ROUTE, 12 is NETLINK_NETFILTER */
  constructor(protocol = 0) {
    this.#fd = check(libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, protocol), () => "open netlink socket");
    const local = Buffer.alloc(12);
    local.writeUInt16LE(AF_NETLINK, 0);
    if (libc.bind(this.#fd, local, local.byteLength) === -1) {
      const error = new KernelError("bind netlink socket", errno());
      this[Symbol.dispose]();
      throw error;
    }
    // Kernels without these options only give shorter answers.
    const on = Buffer.from([1, 0, 0, 0]);
    libc.setsockopt(this.#fd, SOL_NETLINK, NETLINK_CAP_ACK, on, 4);
    libc.setsockopt(this.#fd, SOL_NETLINK, NETLINK_EXT_ACK, on, 4);
  }

  /**
   * Sends the requests in one datagram; each must be acknowledged. The kernel goes on after one that fails, so all
   * answers are read before the first error is thrown. Returns what came beside the acknowledgements.
   * @throws KernelError with `what` as the call
   */
  request(what: string, ...requests: readonly NetlinkRequest[]): NetlinkMessage[] {
    const first = this.#sequence + 1;
    this.#send(
      what,
      requests.map((request) => this.#encode(request, NLM_F_REQUEST | NLM_F_ACK)),
    );
    return this.#answers(what, first, requests.length);
  }

  /**
   * Sends the requests to nfnetlink as one transaction, between `begin` and `end`: all of it happens or nothing.
   * @throws KernelError
   */
  transaction(what: string, begin: NetlinkRequest, requests: NetlinkRequest[], end: NetlinkRequest): void {
    const first = this.#sequence + 1;
    this.#send(what, [
      this.#encode(begin, NLM_F_REQUEST),
      ...requests.map((request) => this.#encode(request, NLM_F_REQUEST | NLM_F_ACK)),
      this.#encode(end, NLM_F_REQUEST),
    ]);
    this.#answers(what, first, requests.length);
  }

  /** Every message of a listing. @throws KernelError */
  dump(what: string, request: NetlinkRequest): NetlinkMessage[] {
    const found: NetlinkMessage[] = [];
    this.#send(what, [this.#encode(request, NLM_F_REQUEST | NLM_F_DUMP)]);
    for (;;) {
      const messages = this.#receive(what);
      if (!messages) throw new KernelError(what, EAGAIN);
      for (const message of messages) {
        if (message.sequence !== this.#sequence) continue;
        if (message.type === NLMSG_DONE) return found;
        if (message.type === NLMSG_ERROR) throw errorOf(what, message) ?? new KernelError(what, 0);
        found.push(message);
      }
    }
  }

  [Symbol.dispose](): void {
    if (this.#open) libc.close(this.#fd);
    this.#open = false;
  }

  #encode(request: NetlinkRequest, flags: number): Buffer {
    return encodeMessage(request.type, flags | (request.flags ?? 0), ++this.#sequence, request.body);
  }

  #send(what: string, messages: Buffer[]): void {
    const data = Buffer.concat(messages);
    check(libc.send(this.#fd, data, data.byteLength, 0), () => what);
  }

  /** Reads until every request has its acknowledgement. A transaction that fails as a whole has fewer, and an error. */
  #answers(what: string, first: number, expected: number): NetlinkMessage[] {
    const found: NetlinkMessage[] = [];
    let acknowledged = 0;
    let failure: KernelError | undefined;
    while (acknowledged < expected) {
      const messages = this.#receive(what);
      if (!messages) break;
      for (const message of messages) {
        if (message.sequence < first) continue;
        if (message.type !== NLMSG_ERROR) {
          found.push(message);
          continue;
        }
        acknowledged++;
        failure ??= errorOf(what, message);
      }
    }
    if (failure) throw failure;
    if (acknowledged < expected) throw new KernelError(what, EAGAIN);
    return found;
  }

  /** What one datagram brought; undefined when none is there. */
  #receive(what: string): NetlinkMessage[] | undefined {
    for (;;) {
      const length = Number(libc.recv(this.#fd, this.#buffer, this.#buffer.byteLength, MSG_DONTWAIT));
      if (length >= 0) return decodeMessages(Buffer.from(this.#buffer.subarray(0, length)));
      const number = errno();
      if (number === EAGAIN) return undefined;
      if (number !== EINTR) throw new KernelError(what, number);
    }
  }
}

/** The error a `NLMSG_ERROR` carries, with the kernel's own explanation where it gives one; undefined for success. */
function errorOf(what: string, message: NetlinkMessage): KernelError | undefined {
  const number = -message.payload.readInt32LE(0);
  if (number === 0) return undefined;
  // With NETLINK_CAP_ACK only the failed request's header stands before the attributes.
  const attributes =
    message.flags & NLM_F_ACK_TLVS ? decodeAttributes(message.payload, 20) : new Map<number, Buffer>();
  const why = readText(attributes.get(NLMSGERR_ATTR_MSG));
  return new KernelError(why === "" ? what : `${what} (${why})`, number);
}
