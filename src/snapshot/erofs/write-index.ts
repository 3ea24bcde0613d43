import type { Digest } from "../../core/index.ts";
import { toBytes } from "../../image/index.ts";
import { Breather } from "../walk.ts";
import { attributeCount } from "./attribute-sets.ts";
import { Collector } from "./collector.ts";
import { PARENT, SELF } from "./directory-order.ts";
import {
  BLOCK_SIZE,
  CHUNK_ENTRY_SIZE,
  chunkFormat,
  DIRENT_SIZE,
  type EncodedInode,
  encodeChunk,
  encodeDirent,
  encodeHead,
  encodeInode,
  FLAT_INLINE,
  FLAT_PLAIN,
  INODE_SIZE,
  NO_BLOCK,
  SLOT,
} from "./format.ts";
import type { IndexTree } from "./index-tree.ts";
import { ROOT, S_IFBLK, S_IFCHR, S_IFDIR, S_IFIFO, S_IFLNK, S_IFMT, S_IFREG } from "./inodes.ts";
import { blocksOf, type Layout, layOut, layoutOf } from "./layout.ts";
import { Output } from "./output.ts";
import type { SparseMap } from "./sparse-map.ts";

/** EROFS's file types of directory entries (FT_REG_FILE and so on). */
const FILE_TYPES: Readonly<Record<number, number>> = {
  [S_IFREG]: 1,
  [S_IFDIR]: 2,
  [S_IFCHR]: 3,
  [S_IFBLK]: 4,
  [S_IFIFO]: 5,
  [S_IFLNK]: 7,
};
/** Map entries that are written at a time. */
const MANY = 1 << 12;

export interface WrittenIndex {
  /** Bytes of all files and link targets of the layer, each inode once. */
  readonly size: number;
  /** Bytes of the index. */
  readonly length: number;
  readonly digest: Digest;
}

/**
 * Writes a tree as an EROFS image without content: files lead into a tar, which is to be given as its one device.
 * The file is synced.
 * @param tarSize bytes of the tar
 * @param uuid 16 bytes
 */
export async function writeIndex(
  path: string,
  tree: IndexTree,
  tarSize: number,
  uuid: Uint8Array,
): Promise<WrittenIndex> {
  const layout = await layOut(tree);
  await using output = await Output.create(path);
  const writer = new Writer(tree, layout, output);
  output.append(
    encodeHead({
      rootNid: layout.nid[ROOT] as number,
      inodes: layout.sequence.length,
      blocks: layout.blocks,
      tarBlocks: blocksOf(tarSize),
      uuid,
    }),
  );
  await writer.write();
  const digest = await output.finish();
  return { size: layout.size, length: output.length, digest };
}

class Writer {
  readonly #breather = new Breather();
  readonly #collector = new Collector();
  /** One for all inodes: they may be a million. */
  readonly #fields: { -readonly [Field in keyof EncodedInode]: number } = {
    layout: 0,
    attributeCount: 0,
    mode: 0,
    size: 0,
    union: 0,
    number: 0,
    uid: 0,
    gid: 0,
    seconds: 0,
    nanos: 0,
    links: 0,
  };
  /** The next block of the directories, and of the long targets. */
  #directoryBlock: number;
  #targetBlock: number;

  constructor(
    private readonly tree: IndexTree,
    private readonly layout: Layout,
    private readonly output: Output,
  ) {
    this.#directoryBlock = layout.directories;
    this.#targetBlock = layout.longTargets;
  }

  async write(): Promise<void> {
    const { output, layout } = this;
    const { inodes } = this.tree;
    // Counting, because an iterator makes an object for each of a million inodes.
    const { sequence } = layout;
    for (let at = 0; at < sequence.length; at++) {
      const inode = sequence[at] as number;
      if (this.#breather.isDue) await this.#breather.step();
      this.#inode(inode);
      const map = this.tree.sparse.get(inode);
      if (map) await this.#chunks(map);
    }
    output.fillTo(layout.directories * BLOCK_SIZE);
    for (let at = 0; at < sequence.length; at++) {
      const inode = sequence[at] as number;
      if (inodes.type(inode) === S_IFDIR) await this.#directory(inode);
    }
    for (let at = 0; at < sequence.length; at++) {
      const inode = sequence[at] as number;
      if (inodes.type(inode) !== S_IFLNK || layoutOf(this.tree, inode) !== FLAT_PLAIN) continue;
      if (this.#breather.isDue) await this.#breather.step();
      this.#target(inode);
      output.fillTo(blocksOf(output.length) * BLOCK_SIZE);
    }
  }

  #inode(inode: number): void {
    const { output, layout } = this;
    const { inodes, attributes } = this.tree;
    this.#collector.step();
    const nid = layout.nid[inode] as number;
    output.fillTo(nid * SLOT);
    const set = attributes.bytes(inodes.attributes(inode));
    const kind = layoutOf(this.tree, inode);
    const at = output.take(INODE_SIZE);
    const fields = this.#fields;
    fields.layout = kind;
    fields.attributeCount = attributeCount(set);
    fields.mode = inodes.mode(inode);
    fields.size = inodes.size(inode);
    fields.union = this.#union(inode);
    fields.number = nid;
    fields.uid = inodes.uid(inode);
    fields.gid = inodes.gid(inode);
    fields.seconds = inodes.seconds(inode);
    fields.nanos = inodes.nanos(inode);
    fields.links = layout.links[inode] as number;
    encodeInode(output.bytes, at, fields);
    output.append(set);
    if (kind === FLAT_INLINE) this.#target(inode);
  }

  #union(inode: number): number {
    const { inodes, sparse } = this.tree;
    const type = inodes.type(inode);
    const size = inodes.size(inode);
    if (type === S_IFDIR) {
      const block = this.#directoryBlock;
      this.#directoryBlock += blocksOf(size);
      return block;
    }
    if (type === S_IFREG) {
      if (size === 0) return NO_BLOCK;
      const map = sparse.get(inode);
      return map ? chunkFormat(map.chunkBits) : this.layout.blocks + inodes.place(inode);
    }
    if (type !== S_IFLNK) return inodes.place(inode);
    if (layoutOf(this.tree, inode) === FLAT_INLINE) return 0;
    const block = this.#targetBlock;
    this.#targetBlock += blocksOf(size);
    return block;
  }

  #target(inode: number): void {
    const { inodes, targets } = this.tree;
    this.output.append(toBytes(targets.text(inodes.place(inode), inodes.size(inode))));
  }

  async #chunks({ chunkBits, chunks, parts }: SparseMap): Promise<void> {
    const { output, layout } = this;
    output.fillTo(Math.ceil(output.length / CHUNK_ENTRY_SIZE) * CHUNK_ENTRY_SIZE);
    let part = 0;
    for (let chunk = 0; chunk < chunks; chunk++) {
      if (chunk % MANY === 0 && this.#breather.isDue) await this.#breather.step();
      let here = parts[part];
      if (here && chunk >= here.from + here.count) here = parts[++part];
      const block =
        here && chunk >= here.from
          ? layout.blocks + here.block + (chunk - here.from) * 2 ** chunkBits
          : NO_BLOCK;
      encodeChunk(output.bytes, output.take(CHUNK_ENTRY_SIZE), block);
    }
  }

  async #directory(directory: number): Promise<void> {
    const { order } = this.layout;
    const entries = order.of(directory);
    for (let at = 0; at < entries.length; ) {
      if (this.#breather.isDue) await this.#breather.step();
      const { count } = order.block(entries, at);
      this.#directoryBlockOf(directory, entries.subarray(at, at + count));
      at += count;
    }
  }

  /** Entries, then their names: the first one's place tells how many there are. */
  #directoryBlockOf(directory: number, entries: Uint32Array): void {
    const { order, nid } = this.layout;
    const { inodes, names } = this.tree;
    const { bytes } = this.output;
    const block = this.output.take(BLOCK_SIZE);
    let name = entries.length * DIRENT_SIZE;
    for (let i = 0; i < entries.length; i++) {
      const entry = entries[i] as number;
      const inode =
        entry === SELF ? directory : entry === PARENT ? inodes.place(directory) : names.inode(entry);
      const type = FILE_TYPES[inodes.mode(inode) & S_IFMT] as number;
      encodeDirent(bytes, block + i * DIRENT_SIZE, nid[inode] as number, name, type);
      if (entry === SELF || entry === PARENT)
        bytes.fill(".", block + name, block + name + order.lengthOf(entry));
      else names.copy(entry, bytes, block + name);
      name += order.lengthOf(entry);
    }
  }
}
