import { Column } from "./column.ts";
import { NotExpressible } from "./not-expressible.ts";

/** S_IFMT and its values (inode(7)). */
export const S_IFMT = 0o170000;
export const S_IFREG = 0o100000;
export const S_IFDIR = 0o040000;
export const S_IFLNK = 0o120000;
export const S_IFCHR = 0o020000;
export const S_IFBLK = 0o060000;
export const S_IFIFO = 0o010000;

export const NO_INODE = 0xffffffff;
export const ROOT = 0;

/** With more than this a layer is unpacked: an entry takes some seventy bytes of memory while its index is made. */
export const MAX_INODES = 2_000_000;

/** What an inode is given when it is made. */
export interface InodeFields {
  /** Type and permissions. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Nanoseconds since the epoch. */
  readonly mtime: bigint;
  readonly size?: number;
  /** See `Inodes.place`. */
  readonly place?: number;
  /** Number of its set of attributes; 0 is the empty one. */
  readonly attributes?: number;
}

const BILLION = 1_000_000_000n;

/** What many inodes have in common. */
interface Traits {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly attributes: number;
}

/** Different traits in one layer; numbers of 16 bits. */
const MAX_TRAITS = 1 << 16;

/** Files, directories and the like, as columns. */
export class Inodes {
  readonly #traits: Traits[] = [];
  readonly #traitsByKey = new Map<string, number>();
  readonly #trait = new Column(Uint16Array);
  readonly #seconds = new Column(Float64Array);
  readonly #nanos = new Column(Uint32Array);
  readonly #size = new Column(Float64Array);
  readonly #place = new Column(Uint32Array);
  count = 0;

  /** @throws NotExpressible when there are too many */
  add(fields: InodeFields): number {
    if (this.count >= MAX_INODES) throw new NotExpressible(`more than ${MAX_INODES} entries`);
    const inode = this.count++;
    this.#size.set(inode, fields.size ?? 0);
    this.#place.set(inode, fields.place ?? 0);
    this.set(inode, fields);
    return inode;
  }

  /** Changes what an entry says of something that is there: all but size and place. */
  set(inode: number, { mode, uid, gid, mtime, attributes = 0 }: InodeFields): void {
    const nanos = ((mtime % BILLION) + BILLION) % BILLION;
    this.#trait.set(inode, this.#traitOf({ mode, uid, gid, attributes }));
    this.#seconds.set(inode, Number((mtime - nanos) / BILLION));
    this.#nanos.set(inode, Number(nanos));
  }

  mode(inode: number): number {
    return this.#of(inode).mode;
  }
  type(inode: number): number {
    return this.#of(inode).mode & S_IFMT;
  }
  uid(inode: number): number {
    return this.#of(inode).uid;
  }
  gid(inode: number): number {
    return this.#of(inode).gid;
  }
  /** Whole seconds of the modification time, before 1970 negative. */
  seconds(inode: number): number {
    return this.#seconds.get(inode);
  }
  nanos(inode: number): number {
    return this.#nanos.get(inode);
  }
  /** Bytes of a file, of a link's target. For directories the index decides. */
  size(inode: number): number {
    return this.#size.get(inode);
  }
  setSize(inode: number, size: number): void {
    this.#size.set(inode, size);
  }
  /**
   * For a file the tar's block of 512 bytes where its content begins; for a link where its target is kept; for a device
   * its number; for a directory the one it lies in.
   */
  place(inode: number): number {
    return this.#place.get(inode);
  }
  attributes(inode: number): number {
    return this.#of(inode).attributes;
  }
  setAttributes(inode: number, attributes: number): void {
    this.#trait.set(inode, this.#traitOf({ ...this.#of(inode), attributes }));
  }

  #of(inode: number): Traits {
    return this.#traits[this.#trait.get(inode)] as Traits;
  }

  #traitOf(traits: Traits): number {
    const key = `${traits.mode},${traits.uid},${traits.gid},${traits.attributes}`;
    const known = this.#traitsByKey.get(key);
    if (known !== undefined) return known;
    if (this.#traits.length >= MAX_TRAITS) throw new NotExpressible("too many owners and modes");
    this.#traitsByKey.set(key, this.#traits.length);
    return this.#traits.push(traits) - 1;
  }
}
