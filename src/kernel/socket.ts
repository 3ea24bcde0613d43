import { isIPv6 } from "node:net";
import { KernelError } from "./errno.ts";
import { check, errno, libc } from "./ffi.ts";

const AF_INET = 2;
const AF_INET6 = 10;
const SOCK_STREAM = 1;
const SOCK_DGRAM = 2;
const SOCK_CLOEXEC = 0o2000000;
const SOCK_NONBLOCK = 0o4000;
const IPPROTO = { udp: 17, sctp: 132 } as const;
const IPPROTO_IPV6 = 41;
const IPV6_V6ONLY = 26;

/** `struct sockaddr_in` or `sockaddr_in6`; `::` and `::1` style short forms are filled out. */
export function socketAddress(address: string, port: number): Uint8Array {
  if (!isIPv6(address)) {
    const out = Buffer.alloc(16);
    out.writeUInt16LE(AF_INET, 0);
    out.writeUInt16BE(port, 2);
    out.set(Uint8Array.from(address.split("."), Number), 4);
    return out;
  }
  const out = Buffer.alloc(28);
  out.writeUInt16LE(AF_INET6, 0);
  out.writeUInt16BE(port, 2);
  ipv6Groups(address).forEach((group, index) => {
    out.writeUInt16BE(group, 8 + 2 * index);
  });
  return out;
}

/** The eight groups of an IPv6 address that `isIPv6` has accepted; a zone is dropped. */
function ipv6Groups(address: string): number[] {
  const plain = (address.split("%")[0] as string).replace(
    /(\d+)\.(\d+)\.(\d+)\.(\d+)$/,
    (_all, a, b, c, d) =>
      `${(Number(a) * 256 + Number(b)).toString(16)}:${(Number(c) * 256 + Number(d)).toString(16)}`,
  );
  const [head = "", tail] = plain.split("::");
  const numbers = (part: string) =>
    part === "" ? [] : part.split(":").map((group) => Number.parseInt(group, 16));
  if (tail === undefined) return numbers(head);
  const [left, right] = [numbers(head), numbers(tail)];
  return [...left, ...new Array<number>(8 - left.length - right.length).fill(0), ...right];
}

/**
 * A socket bound to one address and port and owned by the caller (non-blocking, close-on-exec). IPv6 ones take IPv6
 * alone. An SCTP socket also listens: only then does it keep others out.
 * @throws KernelError EADDRINUSE, EADDRNOTAVAIL, EPROTONOSUPPORT...
 */
export function bindSocket(protocol: "udp" | "sctp", address: string, port: number): number {
  const what = `bind ${address} port ${port}/${protocol}`;
  const v6 = isIPv6(address);
  const kind = (protocol === "udp" ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC | SOCK_NONBLOCK;
  const fd = check(libc.socket(v6 ? AF_INET6 : AF_INET, kind, IPPROTO[protocol]), () => what);
  const on = Buffer.from([1, 0, 0, 0]);
  if (v6) libc.setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, on, 4);
  const local = socketAddress(address, port);
  let result = libc.bind(fd, local, local.byteLength);
  if (result === 0 && protocol === "sctp") result = libc.listen(fd, 1);
  if (result === 0) return fd;
  const error = new KernelError(what, errno());
  libc.close(fd);
  throw error;
}
