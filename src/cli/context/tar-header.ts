/** What a tar entry can be in a build context. */
export type EntryType = "file" | "directory" | "symlink" | "fifo" | "character" | "block";

export interface TarEntry {
  /** Relative, with slashes, in bytes: names need not be UTF-8. */
  readonly name: Uint8Array;
  readonly type: EntryType;
  /** Permission bits with set-user-id, set-group-id and sticky. */
  readonly mode: number;
  /** Seconds since the epoch. */
  readonly mtime: number;
  /** Bytes of a file; 0 for everything else. */
  readonly size: number;
  /** Target of a symbolic link. */
  readonly link?: Uint8Array;
  /** Numbers of a device. */
  readonly device?: { readonly major: number; readonly minor: number };
}

export const BLOCK = 512;
const NAME_SIZE = 100;
const LARGEST_OCTAL = 8 ** 11 - 1;
const TYPE_FLAG: Record<EntryType, string> = {
  file: "0",
  symlink: "2",
  character: "3",
  block: "4",
  directory: "5",
  fifo: "6",
};

const encoder = new TextEncoder();

/**
 * The header blocks of an entry, owned by root: one in POSIX ustar form, after a pax extended header (POSIX.1-2001)
 * where a name is too long or not ASCII, or the size too large.
 */
export function tarHeader(entry: TarEntry): Uint8Array {
  const name = entry.type === "directory" ? Buffer.concat([entry.name, encoder.encode("/")]) : entry.name;
  const link = entry.link ?? new Uint8Array(0);
  const records: Uint8Array[] = [];
  if (needsRecord(name)) records.push(paxRecord("path", name));
  if (needsRecord(link)) records.push(paxRecord("linkpath", link));
  if (entry.size > LARGEST_OCTAL) records.push(paxRecord("size", encoder.encode(String(entry.size))));
  const header = ustar(entry, name, link, TYPE_FLAG[entry.type], entry.size);
  if (records.length === 0) return header;
  const body = Buffer.concat(records);
  const extended: TarEntry = { ...entry, type: "file", mode: 0o644, size: body.length };
  const title = encoder.encode("PaxHeader/entry");
  return Buffer.concat([
    ustar(extended, title, new Uint8Array(0), "x", body.length),
    body,
    new Uint8Array(padding(body.length)),
    header,
  ]);
}

/** Zero bytes that fill up the last block of a content. */
export function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

/** Short ASCII fits the ustar field, and so do short names that are not UTF-8: pax records must be. */
function needsRecord(name: Uint8Array): boolean {
  if (name.length > NAME_SIZE) return true;
  return name.some((byte) => byte > 126 || byte < 32) && isUtf8(name);
}

function isUtf8(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

/** `LENGTH KEY=VALUE\n`, where the length counts its own digits. */
function paxRecord(key: string, value: Uint8Array): Uint8Array {
  const rest = encoder.encode(` ${key}=`).length + value.length + 1;
  let length = rest + String(rest).length;
  if (String(length).length > String(rest).length) length = rest + String(length).length;
  return Buffer.concat([encoder.encode(`${length} ${key}=`), value, encoder.encode("\n")]);
}

function ustar(entry: TarEntry, name: Uint8Array, link: Uint8Array, flag: string, size: number): Uint8Array {
  const block = new Uint8Array(BLOCK);
  const text = (at: number, value: string) => block.set(encoder.encode(value), at);
  const octal = (at: number, width: number, value: number) =>
    text(at, value.toString(8).padStart(width - 1, "0"));
  block.set(name.subarray(0, NAME_SIZE), 0);
  octal(100, 8, entry.mode & 0o7777);
  octal(108, 8, 0);
  octal(116, 8, 0);
  octal(124, 12, size > LARGEST_OCTAL ? 0 : size);
  octal(136, 12, Math.min(Math.max(0, Math.floor(entry.mtime)), LARGEST_OCTAL));
  text(148, " ".repeat(8));
  text(156, flag);
  block.set(link.subarray(0, NAME_SIZE), 157);
  text(257, "ustar\u000000");
  if (entry.device) {
    octal(329, 8, entry.device.major);
    octal(337, 8, entry.device.minor);
  }
  const sum = block.reduce((total, byte) => total + byte, 0);
  text(148, `${sum.toString(8).padStart(6, "0")}\0 `);
  return block;
}
