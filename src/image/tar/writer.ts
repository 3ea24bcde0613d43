import { internal } from "../../core/index.ts";
import { type ByteString, isAscii, show, toBytes } from "./bytes.ts";
import type { TarHeader, TarType } from "./entry.ts";
import { BLOCK, checksums, type RawHeader } from "./header.ts";
import { encodePax, formatPaxTime } from "./pax.ts";

/** An entry to write; what is left out is 0, root or absent. */
export type TarInput = Pick<TarHeader, "name" | "type"> &
  Partial<Omit<TarHeader, "name" | "type">> & {
    /** The content of a file: exactly `size` bytes (or, for bytes in memory, `size` may be left out). */
    readonly body?: Uint8Array | AsyncIterable<Uint8Array>;
  };

const FLAGS: Readonly<Record<TarType, string>> = {
  file: "0",
  link: "1",
  symlink: "2",
  char: "3",
  block: "4",
  directory: "5",
  fifo: "6",
};
/** Output is gathered to pieces of about this size. */
const PIECE = 1 << 18;

/**
 * Writes a tar in the order of `entries`. Every field comes from the entry alone, so the same entries give the same
 * bytes: ustar headers, and a PAX header only before an entry that ustar cannot hold.
 */
export async function* writeTar(
  entries: AsyncIterable<TarInput> | Iterable<TarInput>,
): AsyncGenerator<Uint8Array, void, void> {
  let waiting: Uint8Array[] = [];
  let count = 0;
  const flush = () => {
    const piece = waiting.length === 1 ? (waiting[0] as Uint8Array) : Buffer.concat(waiting, count);
    waiting = [];
    count = 0;
    return piece;
  };
  const add = (piece: Uint8Array): boolean => {
    waiting.push(piece);
    count += piece.byteLength;
    return count >= PIECE;
  };
  for await (const entry of entries) {
    const { body } = entry;
    const size = entry.size ?? (body instanceof Uint8Array ? body.byteLength : 0);
    if (add(encodeHeader({ ...entry, size }))) yield flush();
    let written = 0;
    if (body instanceof Uint8Array) {
      written = body.byteLength;
      if (written > 0 && add(body)) yield flush();
    } else if (body) {
      for await (const piece of body) {
        written += piece.byteLength;
        if (written > size) break;
        if (add(piece)) yield flush();
      }
    }
    if (written !== (entry.type === "file" ? size : 0)) {
      throw internal(`content of ${show(entry.name)} is not the ${size} bytes its tar header says`);
    }
    const rest = written % BLOCK;
    if (rest > 0) add(new Uint8Array(BLOCK - rest));
  }
  add(new Uint8Array(2 * BLOCK));
  yield flush();
}

/** The header block of an entry, with a PAX header before it where ustar is too small. */
export function encodeHeader(entry: TarInput): Uint8Array {
  const {
    type,
    mode = 0,
    uid = 0,
    gid = 0,
    mtime = 0n,
    linkname = "",
    uname = "",
    gname = "",
    major = 0,
    minor = 0,
  } = entry;
  const size = type === "file" ? (entry.size ?? 0) : 0;
  const name = type === "directory" && !entry.name.endsWith("/") ? `${entry.name}/` : entry.name;
  const records: [ByteString, ByteString][] = [];
  const split = splitName(name);
  if (!split) records.push(["path", name]);
  if (linkname.length > 100) records.push(["linkpath", linkname]);
  if (size > OCTAL_11) records.push(["size", String(size)]);
  if (uid > OCTAL_7) records.push(["uid", String(uid)]);
  if (gid > OCTAL_7) records.push(["gid", String(gid)]);
  for (const [key, text] of [
    ["uname", uname],
    ["gname", gname],
  ] as const) {
    if (text.length > 31 || !isAscii(text)) records.push([key, text]);
  }
  const seconds = mtime / 1_000_000_000n;
  const plainTime = mtime >= 0n && seconds * 1_000_000_000n === mtime && seconds <= BigInt(OCTAL_11);
  if (!plainTime) records.push(["mtime", formatPaxTime(mtime)]);
  for (const [key, value] of [...(entry.xattrs ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))) {
    records.push([`SCHILY.xattr.${key}`, Buffer.from(value).toString("latin1")]);
  }
  const header = block({
    prefix: split?.prefix ?? "",
    name: split?.name ?? name.slice(0, 100),
    flag: FLAGS[type],
    mode,
    uid: uid > OCTAL_7 ? 0 : uid,
    gid: gid > OCTAL_7 ? 0 : gid,
    size: size > OCTAL_11 ? 0 : size,
    mtime: plainTime ? Number(seconds) : 0,
    linkname: linkname.slice(0, 100),
    uname: uname.length > 31 ? "" : uname,
    gname: gname.length > 31 ? "" : gname,
    major,
    minor,
  });
  if (records.length === 0) return header;
  const data = encodePax(records);
  const pax = block({
    prefix: "",
    name: `PaxHeaders.0/${entry.name.slice(entry.name.lastIndexOf("/") + 1)}`.slice(0, 100),
    flag: "x",
    mode: 0o644,
    uid: 0,
    gid: 0,
    size: data.byteLength,
    mtime: 0,
    linkname: "",
    uname: "",
    gname: "",
    major: 0,
    minor: 0,
  });
  const padding = new Uint8Array((BLOCK - (data.byteLength % BLOCK)) % BLOCK);
  return Buffer.concat([pax, data, padding, header]);
}

const OCTAL_7 = 0o7777777;
const OCTAL_11 = 0o77777777777;

/** Fits a name into ustar's 100 bytes, with up to 155 more before a slash; undefined where it does not fit. */
function splitName(name: ByteString): { prefix: ByteString; name: ByteString } | undefined {
  if (name.length <= 100) return { prefix: "", name };
  // The slash that ends a directory's name is not a place to split.
  const slash = name.indexOf("/", name.length - 101);
  if (slash <= 0 || slash > 155 || slash >= name.length - 1) return undefined;
  return { prefix: name.slice(0, slash), name: name.slice(slash + 1) };
}

type BlockFields = Omit<RawHeader, "gnu"> & { prefix: ByteString };

function block(fields: BlockFields): Buffer {
  const out = Buffer.alloc(BLOCK);
  const text = (value: ByteString, at: number) => out.set(toBytes(value), at);
  const octal = (value: number, at: number, digits: number) =>
    text(value.toString(8).padStart(digits, "0"), at);
  text(fields.name, 0);
  octal(fields.mode, 100, 7);
  octal(fields.uid, 108, 7);
  octal(fields.gid, 116, 7);
  octal(fields.size, 124, 11);
  octal(fields.mtime, 136, 11);
  text(fields.flag, 156);
  text(fields.linkname, 157);
  text("ustar\x0000", 257);
  text(fields.uname, 265);
  text(fields.gname, 297);
  octal(fields.major, 329, 7);
  octal(fields.minor, 337, 7);
  text(fields.prefix, 345);
  octal(checksums(out).unsigned, 148, 6);
  out[154] = 0;
  out[155] = 0x20;
  return out;
}
