import { type ByteString, fromBytes, toBytes } from "../../image/index.ts";
import type { Attributes } from "../layer-tree.ts";
import { NotExpressible } from "./not-expressible.ts";

/** How EROFS shortens names (erofs_fs.h, EROFS_XATTR_INDEX_*). */
const PREFIXES: readonly (readonly [prefix: string, index: number])[] = [
  ["user.", 1],
  ["trusted.", 4],
  ["security.", 6],
];
const HEADER = 12;
const MAX_VALUE = 0xffff;
/** The number of 4-byte units behind the header, plus one, is a 16-bit field. */
const MAX_SET = HEADER + 4 * (0xffff - 1);
/** Bytes of all different sets of a layer. */
const MAX_BYTES = 16 << 20;

interface AttributeSet {
  readonly attributes: Attributes;
  /** As they stand behind an inode; empty for none. */
  readonly bytes: Buffer;
}

/** Sets of extended attributes, each kept once; number 0 is the empty one. */
export class AttributeSets {
  readonly #sets: AttributeSet[] = [{ attributes: [], bytes: Buffer.alloc(0) }];
  readonly #known = new Map<ByteString, number>();
  #bytes = 0;

  /** The number of a set with `more` added to those of another. @throws NotExpressible */
  add(set: number, more: Attributes): number {
    if (more.length === 0) return set;
    const merged = new Map([...this.#get(set).attributes, ...more]);
    const attributes = [...merged].sort(([a], [b]) => (a < b ? -1 : 1));
    const bytes = encode(attributes);
    const key = fromBytes(bytes);
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    this.#bytes += bytes.byteLength;
    if (this.#bytes > MAX_BYTES) throw new NotExpressible("too many extended attributes");
    this.#known.set(key, this.#sets.length);
    return this.#sets.push({ attributes, bytes }) - 1;
  }

  bytes(set: number): Buffer {
    return this.#get(set).bytes;
  }

  #get(set: number): AttributeSet {
    return this.#sets[set] as AttributeSet;
  }
}

/** The inline form: struct erofs_xattr_ibody_header, then struct erofs_xattr_entry with name and value, each padded to 4. */
function encode(attributes: Attributes): Buffer {
  const parts: Uint8Array[] = [Buffer.alloc(HEADER)];
  for (const [name, value] of attributes) {
    const [prefix, index] = PREFIXES.find(([prefix]) => name.startsWith(prefix)) ?? ["", 0];
    if (value.byteLength > MAX_VALUE) throw new NotExpressible("a long extended attribute");
    const rest = toBytes(name.slice(prefix.length));
    const entry = Buffer.alloc(Math.ceil((4 + rest.byteLength + value.byteLength) / 4) * 4);
    entry[0] = rest.byteLength;
    entry[1] = index;
    entry.writeUInt16LE(value.byteLength, 2);
    entry.set(rest, 4);
    entry.set(value, 4 + rest.byteLength);
    parts.push(entry);
  }
  const bytes = Buffer.concat(parts);
  if (bytes.byteLength > MAX_SET) throw new NotExpressible("too many extended attributes on one file");
  return bytes;
}

/** What an inode says of the length of its attributes (i_xattr_icount). */
export function attributeCount(bytes: Uint8Array): number {
  return bytes.byteLength === 0 ? 0 : 1 + (bytes.byteLength - HEADER) / 4;
}
