import { type ByteString, fromBytes } from "./bytes.ts";
import type { PaxRecords } from "./pax.ts";

const ZEROS = new Uint8Array(1 << 16);

/** `count` zero bytes in pieces. */
export function* zeros(count: number): Generator<Uint8Array, void, void> {
  for (let left = count; left > 0; left -= ZEROS.byteLength) {
    yield left < ZEROS.byteLength ? ZEROS.subarray(0, left) : ZEROS;
  }
}

export function withoutTrailingSlash(name: ByteString): ByteString {
  let end = name.length;
  while (end > 1 && name[end - 1] === "/") end--;
  return name.slice(0, end);
}

/** The bytes before the first NUL. */
export function untilNul(data: Uint8Array): ByteString {
  const end = data.indexOf(0);
  return fromBytes(end < 0 ? data : data.subarray(0, end));
}

const XATTR = "SCHILY.xattr.";

/** Extended attributes, as star and GNU tar keep them in PAX records. */
export function xattrsOf(pax: PaxRecords): Map<ByteString, Uint8Array> | undefined {
  let found: Map<ByteString, Uint8Array> | undefined;
  for (const [key, value] of pax) {
    if (!key.startsWith(XATTR)) continue;
    found ??= new Map();
    found.set(key.slice(XATTR.length), Buffer.from(value, "latin1"));
  }
  return found;
}
