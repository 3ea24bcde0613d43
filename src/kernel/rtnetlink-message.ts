/**
 * The wire format of rtnetlink: messages of a 16-byte header, a fixed body per type, and attributes, all aligned to
 * four bytes and in the machine's byte order (rtnetlink(7), netlink(7)). Bun runs on little-endian machines only.
 */

const HEADER = 16;
const ATTRIBUTE_HEADER = 4;
/** NLA_F_NESTED and NLA_F_NET_BYTEORDER sit in the two upper bits of an attribute's type. */
const TYPE_MASK = 0x3fff;

const align = (length: number) => (length + 3) & ~3;

export interface NetlinkMessage {
  readonly type: number;
  readonly flags: number;
  readonly sequence: number;
  readonly payload: Buffer;
}

/** One message with its header. */
export function encodeMessage(type: number, flags: number, sequence: number, body: Uint8Array): Buffer {
  const out = Buffer.alloc(align(HEADER + body.byteLength));
  out.writeUInt32LE(HEADER + body.byteLength, 0);
  out.writeUInt16LE(type, 4);
  out.writeUInt16LE(flags, 6);
  out.writeUInt32LE(sequence, 8);
  out.set(body, HEADER);
  return out;
}

/** Splits what one `recv` brought. A message that claims more than there is ends the list. */
export function decodeMessages(data: Buffer): NetlinkMessage[] {
  const messages: NetlinkMessage[] = [];
  for (let at = 0; at + HEADER <= data.byteLength; ) {
    const length = data.readUInt32LE(at);
    if (length < HEADER || at + length > data.byteLength) break;
    messages.push({
      type: data.readUInt16LE(at + 4),
      flags: data.readUInt16LE(at + 6),
      sequence: data.readUInt32LE(at + 8),
      payload: data.subarray(at + HEADER, at + length),
    });
    at += align(length);
  }
  return messages;
}

/** One attribute; several values one after the other make a nested one. */
export function attribute(type: number, ...values: Uint8Array[]): Buffer {
  const size = values.reduce((sum, value) => sum + value.byteLength, 0);
  const out = Buffer.alloc(align(ATTRIBUTE_HEADER + size));
  out.writeUInt16LE(ATTRIBUTE_HEADER + size, 0);
  out.writeUInt16LE(type, 2);
  let at = ATTRIBUTE_HEADER;
  for (const value of values) {
    out.set(value, at);
    at += value.byteLength;
  }
  return out;
}

/** The attributes from `offset` on, by type; of one that comes twice the last is kept. */
export function decodeAttributes(data: Buffer, offset = 0): Map<number, Buffer> {
  const attributes = new Map<number, Buffer>();
  for (let at = offset; at + ATTRIBUTE_HEADER <= data.byteLength; ) {
    const length = data.readUInt16LE(at);
    if (length < ATTRIBUTE_HEADER || at + length > data.byteLength) break;
    attributes.set(data.readUInt16LE(at + 2) & TYPE_MASK, data.subarray(at + ATTRIBUTE_HEADER, at + length));
    at += align(length);
  }
  return attributes;
}

export function uint32(value: number): Buffer {
  const out = Buffer.alloc(4);
  out.writeUInt32LE(value >>> 0, 0);
  return out;
}

/** NUL-terminated text, as interface names and kinds are written. */
export function text(value: string): Buffer {
  return Buffer.from(`${value}\0`);
}

export function readText(value: Uint8Array | undefined): string {
  return value === undefined ? "" : Buffer.from(value).toString().replace(/\0.*$/s, "");
}

/** `struct ifinfomsg`: family, type, index, flags, and which flags to change. */
export function linkHeader(index = 0, flags = 0, change = 0): Buffer {
  const out = Buffer.alloc(16);
  out.writeInt32LE(index, 4);
  out.writeUInt32LE(flags, 8);
  out.writeUInt32LE(change, 12);
  return out;
}

/** `struct ifaddrmsg` for IPv4. */
export function addressHeader(family: number, prefixLength: number, index: number): Buffer {
  const out = Buffer.alloc(8);
  out.writeUInt8(family, 0);
  out.writeUInt8(prefixLength, 1);
  out.writeUInt32LE(index, 4);
  return out;
}

/** `struct rtmsg` of a unicast route. */
export function routeHeader(route: {
  family: number;
  destinationLength: number;
  table: number;
  protocol: number;
  type: number;
}): Buffer {
  const out = Buffer.alloc(12);
  out.writeUInt8(route.family, 0);
  out.writeUInt8(route.destinationLength, 1);
  out.writeUInt8(route.table, 4);
  out.writeUInt8(route.protocol, 5);
  out.writeUInt8(route.type, 7);
  return out;
}

/** The four bytes of `10.1.2.3`. The caller has checked the form. */
export function ipv4Bytes(address: string): Uint8Array {
  return Uint8Array.from(address.split("."), Number);
}

/** The six bytes of `02:42:ac:11:00:02`. The caller has checked the form. */
export function macBytes(address: string): Uint8Array {
  return Uint8Array.from(address.split(":"), (part) => Number.parseInt(part, 16));
}
