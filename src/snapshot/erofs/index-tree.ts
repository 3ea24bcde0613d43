import { invalid } from "../../core/index.ts";
import { type ByteString, show, type TarEntry } from "../../image/index.ts";
import type { Attributes, DirectoryHandle, LayerTree, Occupant } from "../layer-tree.ts";
import { OPAQUE } from "../overlay-form.ts";
import { AttributeSets } from "./attribute-sets.ts";
import { ByteArena } from "./byte-arena.ts";
import { Collector } from "./collector.ts";
import { BLOCK_SIZE } from "./format.ts";
import {
  type InodeFields,
  Inodes,
  NO_INODE,
  ROOT,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFIFO,
  S_IFLNK,
  S_IFREG,
} from "./inodes.ts";
import { Names } from "./names.ts";
import { NotExpressible } from "./not-expressible.ts";
import { type SparseMap, sparseMap } from "./sparse-map.ts";

const NODE_TYPES = { char: S_IFCHR, block: S_IFBLK, fifo: S_IFIFO } as const;
/** MAXSYMLINKS of Linux. */
const MAX_LINKS = 40;
const MAX_NAME = 255;
/** Blocks have 32-bit numbers; some are left for the index. */
const MAX_TAR_BLOCKS = 2 ** 32 - 2 ** 24;
/** Bytes of all link targets of a layer. */
const MAX_TARGETS = 64 << 20;
/** Parts and chunks of all sparse files of a layer: the former take memory, the latter room in the index. */
const MAX_PARTS = 1 << 18;
const MAX_CHUNKS = 1 << 22;

/** A layer's tree in memory, small enough for layers of a million files; what the files hold stays in the tar. */
export class IndexTree implements LayerTree {
  readonly inodes = new Inodes();
  readonly names = new Names();
  readonly attributes = new AttributeSets();
  readonly targets = new ByteArena(MAX_TARGETS);
  /** Files with holes, by inode. */
  readonly sparse = new Map<number, SparseMap>();
  readonly #collector = new Collector();
  #parts = 0;
  #chunks = 0;

  /** @param tarSize bytes of the tar, of which at most the last block may be cut short */
  constructor(private readonly tarSize: number) {
    this.inodes.add({ mode: S_IFDIR | 0o755, uid: 0, gid: 0, mtime: 0n, place: ROOT });
  }

  find(path: ByteString): DirectoryHandle | undefined {
    // What is still to be walked, the next one last.
    const rest = path.split("/").reverse();
    let links = 0;
    let directory: number = ROOT;
    for (let name = rest.pop(); name !== undefined; name = rest.pop()) {
      if (name === "" || name === ".") continue;
      if (name === "..") {
        directory = this.inodes.place(directory);
        continue;
      }
      if (name.length > MAX_NAME) throw invalid(`layer entry in ${show(path)}: name too long`);
      const inode = this.#at(directory, name);
      if (inode === NO_INODE) return undefined;
      const type = this.inodes.type(inode);
      if (type === S_IFDIR) directory = inode;
      else if (type === S_IFLNK) {
        if (++links > MAX_LINKS) throw invalid(`layer entry in ${show(path)}: links in a circle`);
        const target = this.targets.text(this.inodes.place(inode), this.inodes.size(inode));
        if (target.startsWith("/")) directory = ROOT;
        rest.push(...target.split("/").reverse());
      } else return undefined;
    }
    return directory;
  }

  release(): void {}

  occupant(directory: DirectoryHandle, base: ByteString): Occupant {
    const inode = this.#at(directory, base);
    if (inode === NO_INODE) return "nothing";
    const type = this.inodes.type(inode);
    if (type === S_IFDIR) return "directory";
    return type === S_IFCHR && this.inodes.place(inode) === 0 ? "whiteout" : "other";
  }

  /** What lies below is not looked at: nothing leads to it any more. */
  remove(directory: DirectoryHandle, base: ByteString): void {
    this.#put(directory, base, NO_INODE);
  }

  makeDirectory(directory: DirectoryHandle, base: ByteString, mtime: bigint): void {
    const mode = S_IFDIR | 0o755;
    this.#put(directory, base, this.#add({ mode, uid: 0, gid: 0, mtime, place: directory }));
  }

  makeWhiteout(directory: DirectoryHandle, base: ByteString): void {
    this.#put(directory, base, this.#add({ mode: S_IFCHR, uid: 0, gid: 0, mtime: 0n }));
  }

  makeFile(directory: DirectoryHandle, base: ByteString, entry: TarEntry, attributes: Attributes): void {
    const place = entry.dataPosition / BLOCK_SIZE;
    const sparse = entry.segments && sparseMap(entry.size, entry.segments, place);
    if (!sparse) this.#checkStored(place, entry.size);
    const inode = this.#add({
      ...owned(entry, S_IFREG | entry.mode),
      size: entry.size,
      place,
      attributes: this.attributes.add(0, attributes),
    });
    if (sparse) this.#keep(inode, sparse, place);
    this.#put(directory, base, inode);
  }

  makeSymlink(directory: DirectoryHandle, base: ByteString, entry: TarEntry): void {
    const target = entry.linkname ?? "";
    const place = this.targets.add(target);
    const fields = { ...owned(entry, S_IFLNK | 0o777), size: target.length, place };
    this.#put(directory, base, this.#add(fields));
  }

  makeNode(directory: DirectoryHandle, base: ByteString, entry: TarEntry): void {
    const { major = 0, minor = 0 } = entry;
    const type = entry.type as keyof typeof NODE_TYPES;
    // The kernel's own 32-bit form (new_encode_dev).
    const place = type === "fifo" ? 0 : ((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12)) >>> 0;
    this.#put(directory, base, this.#add({ ...owned(entry, NODE_TYPES[type] | entry.mode), place }));
  }

  link(
    directory: DirectoryHandle,
    base: ByteString,
    target: { directory: DirectoryHandle; base: ByteString },
  ): boolean {
    const inode = this.#at(target.directory, target.base);
    const old = this.#at(directory, base);
    if (old === inode) return true;
    if (old !== NO_INODE && this.#isWithin(target.directory, old)) return false;
    this.#put(directory, base, inode);
    return true;
  }

  setDirectory(directory: DirectoryHandle, base: ByteString, entry: TarEntry, attributes: Attributes): void {
    const inode = this.#directory(directory, base);
    const merged = this.attributes.add(this.inodes.attributes(inode), attributes);
    this.inodes.set(inode, { ...owned(entry, S_IFDIR | entry.mode), attributes: merged });
  }

  setOpaque(directory: DirectoryHandle, base: ByteString): void {
    const inode = this.#directory(directory, base);
    this.inodes.setAttributes(inode, this.attributes.add(this.inodes.attributes(inode), [OPAQUE]));
  }

  #add(fields: InodeFields): number {
    this.#collector.step();
    return this.inodes.add(fields);
  }

  #at(directory: number, name: ByteString): number {
    const entry = this.names.find(directory, name);
    return entry === undefined ? NO_INODE : this.names.inode(entry);
  }

  #put(directory: number, name: ByteString, inode: number): void {
    const entry = this.names.find(directory, name);
    if (entry === undefined) this.names.add(directory, name, inode);
    else this.names.setInode(entry, inode);
  }

  #directory(directory: number, base: ByteString): number {
    return base === "." ? directory : this.#at(directory, base);
  }

  #isWithin(directory: number, ancestor: number): boolean {
    for (let at = directory; ; at = this.inodes.place(at)) {
      if (at === ancestor) return true;
      if (at === ROOT) return false;
    }
  }

  #keep(inode: number, sparse: SparseMap, block: number): void {
    this.#parts += sparse.parts.length;
    this.#chunks += sparse.chunks;
    if (this.#parts > MAX_PARTS || this.#chunks > MAX_CHUNKS) {
      throw new NotExpressible("too many holes in files");
    }
    this.#checkStored(block, sparse.stored);
    this.sparse.set(inode, sparse);
  }

  /** Content of this length from this block on can be read through an index. */
  #checkStored(block: number, length: number): void {
    const end = block + Math.ceil(length / BLOCK_SIZE);
    if (end > MAX_TAR_BLOCKS) throw new NotExpressible("a tar of more than two terabytes");
    // The kernel reads whole blocks, and fails where a file ends within one.
    if (end * BLOCK_SIZE > this.tarSize) throw new NotExpressible("a tar that ends within a block");
  }
}

function owned({ uid, gid, mtime }: TarEntry, mode: number) {
  return { uid, gid, mtime, mode };
}
