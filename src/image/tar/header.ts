import { invalid } from "../../core/index.ts";
import type { ByteString } from "./bytes.ts";

export const BLOCK = 512;

/** The fields of one header block as they stand, before PAX and GNU extensions are applied. */
export interface RawHeader {
  name: ByteString;
  /** The type flag's character; "\0" is written as "0". */
  flag: string;
  mode: number;
  uid: number;
  gid: number;
  size: number;
  mtime: number;
  linkname: ByteString;
  uname: ByteString;
  gname: ByteString;
  major: number;
  minor: number;
  /** The old GNU form, whose bytes after `minor` mean something else than a name prefix. */
  gnu: boolean;
}

/**
 * Reads a header block: v7, ustar (POSIX.1-1988), GNU or star.
 * @param where said in errors, e.g. `at byte 1024`
 * @throws invalid when the checksum or a field is wrong
 */
export function parseHeader(bytes: Uint8Array, where: string): RawHeader {
  const block = Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, BLOCK);
  verifyChecksum(block, where);
  const number = (at: number, length: number, what: string) => parseNumber(block, at, length, what, where);
  const magic = block.toString("latin1", 257, 265);
  const posix = magic === "ustar\x0000" || magic === "ustar\x00\x00\x00";
  const gnu = magic === "ustar  \x00";
  const star = posix && block.toString("latin1", 508, 512) === "tar\x00";
  const extended = posix || gnu;
  const base = text(block, 0, 100);
  const prefix = posix ? text(block, 345, star ? 131 : 155) : "";
  const flag = String.fromCharCode(block[156] as number);
  return {
    name: prefix === "" ? base : `${prefix}/${base}`,
    flag: flag === "\x00" ? "0" : flag,
    mode: number(100, 8, "mode") & 0o7777,
    uid: number(108, 8, "uid"),
    gid: number(116, 8, "gid"),
    size: number(124, 12, "size"),
    mtime: number(136, 12, "mtime"),
    linkname: text(block, 157, 100),
    uname: extended ? text(block, 265, 32) : "",
    gname: extended ? text(block, 297, 32) : "",
    major: extended ? number(329, 8, "device number") : 0,
    minor: extended ? number(337, 8, "device number") : 0,
    gnu,
  };
}

export function isZeroBlock(block: Uint8Array): boolean {
  for (let i = 0; i < BLOCK; i++) if (block[i] !== 0) return false;
  return true;
}

/** Both sums that tars have been written with: of unsigned and of signed bytes. */
export function checksums(block: Uint8Array): { unsigned: number; signed: number } {
  let unsigned = 0;
  let high = 0;
  for (let i = 0; i < BLOCK; i++) {
    const byte = i >= 148 && i < 156 ? 0x20 : (block[i] as number);
    unsigned += byte;
    if (byte > 127) high++;
  }
  return { unsigned, signed: unsigned - 256 * high };
}

function verifyChecksum(block: Uint8Array, where: string): void {
  const written = readNumber(block, 148, 8);
  const sums = checksums(block);
  if (written !== sums.unsigned && written !== sums.signed) {
    throw invalid(`not a tar archive, or a damaged one: wrong header checksum ${where}`);
  }
}

/** A NUL-terminated field. */
function text(block: Buffer, at: number, length: number): ByteString {
  let end = at;
  while (end < at + length && block[end] !== 0) end++;
  return end === at ? "" : block.toString("latin1", at, end);
}

/** A number field of the header. @throws invalid */
export function parseNumber(
  block: Uint8Array,
  at: number,
  length: number,
  what: string,
  where: string,
): number {
  const value = readNumber(block, at, length);
  if (value === undefined) throw invalid(`damaged tar archive: bad ${what} in the header ${where}`);
  return value;
}

/** Octal digits between spaces and NULs, or big-endian two's complement with the top bit set ("base-256", GNU and star). */
function readNumber(block: Uint8Array, at: number, length: number): number | undefined {
  const first = block[at] as number;
  if (first & 0x80) {
    const negative = (first & 0x40) !== 0;
    let value = BigInt(negative ? (first & 0x7f) - 0x80 : first & 0x7f);
    for (let i = 1; i < length; i++) value = value * 256n + BigInt(block[at + i] as number);
    const result = Number(value);
    return Number.isSafeInteger(result) ? result : undefined;
  }
  let from = at;
  const end = at + length;
  while (from < end && isFilling(block[from])) from++;
  let value = 0;
  for (; from < end && !isFilling(block[from]); from++) {
    const digit = (block[from] as number) - 0x30;
    if (digit < 0 || digit > 7) return undefined;
    value = value * 8 + digit;
  }
  return value;
}

function isFilling(byte: number | undefined): boolean {
  return byte === 0 || byte === 0x20;
}
