import { Breather } from "../walk.ts";
import { Collector } from "./collector.ts";
import { DirectoryOrder, PARENT, SELF } from "./directory-order.ts";
import {
  BLOCK_SIZE,
  CHUNK_BASED,
  CHUNK_ENTRY_SIZE,
  FLAT_INLINE,
  FLAT_PLAIN,
  HEAD_SIZE,
  INODE_SIZE,
  SLOT,
} from "./format.ts";
import type { IndexTree } from "./index-tree.ts";
import { ROOT, S_IFDIR, S_IFLNK, S_IFREG } from "./inodes.ts";

const UNPLACED = 0;

/** Where everything of an index goes: head, inodes, directories, long link targets. */
export interface Layout {
  readonly order: DirectoryOrder;
  /** Every inode that a name leads to, in the order of their places. */
  readonly sequence: Uint32Array;
  /** By inode. */
  readonly nid: Uint32Array;
  readonly links: Uint32Array;
  /** First blocks of the directories and of the long targets, and of what is behind all. */
  readonly directories: number;
  readonly longTargets: number;
  readonly blocks: number;
  /** Bytes of all files and link targets, each once. */
  readonly size: number;
}

/** Decides the layout of a finished tree; sets the sizes of its directories. */
export async function layOut(tree: IndexTree): Promise<Layout> {
  const { inodes, names } = tree;
  const breather = new Breather();
  const collector = new Collector();
  const order = DirectoryOrder.group(tree);
  const nid = new Uint32Array(inodes.count);
  const links = new Uint32Array(inodes.count);
  const sequence = new Uint32Array(inodes.count);
  let placed = 0;
  let end = HEAD_SIZE;
  let directoryBlocks = 0;
  let targetBlocks = 0;
  let size = 0;

  const place = (inode: number) => {
    collector.step();
    const length = INODE_SIZE + tailOf(tree, inode);
    // What stands inside of an inode must not lie across a block's end.
    if (layoutOf(tree, inode) === FLAT_INLINE && (end % BLOCK_SIZE) + length > BLOCK_SIZE) {
      end = roundUp(end, BLOCK_SIZE);
    }
    nid[inode] = end / SLOT;
    end = roundUp(end + length, SLOT);
    sequence[placed++] = inode;
    const type = inodes.type(inode);
    if (type === S_IFREG || type === S_IFLNK) size += inodes.size(inode);
    if (type === S_IFLNK && layoutOf(tree, inode) === FLAT_PLAIN)
      targetBlocks += blocksOf(inodes.size(inode));
  };

  place(ROOT);
  // Directories are visited in the order in which they were placed, so files of one directory stand together.
  for (let next = 0; next < placed; next++) {
    if (breather.isDue) await breather.step();
    const directory = sequence[next] as number;
    if (inodes.type(directory) !== S_IFDIR) continue;
    await order.sort(directory, breather);
    const entries = order.of(directory);
    links[directory] = 2;
    for (let at = 0; at < entries.length; at++) {
      if ((at & 0xfff) === 0xfff && breather.isDue) await breather.step();
      const entry = entries[at] as number;
      if (entry === SELF || entry === PARENT) continue;
      const inode = names.inode(entry);
      if (inodes.type(inode) === S_IFDIR) links[directory] = (links[directory] as number) + 1;
      else links[inode] = (links[inode] as number) + 1;
      if (nid[inode] === UNPLACED) place(inode);
    }
    let bytes = 0;
    for (let at = 0; at < entries.length; ) {
      const block = order.block(entries, at);
      at += block.count;
      bytes = roundUp(bytes, BLOCK_SIZE) + block.bytes;
    }
    inodes.setSize(directory, bytes);
    directoryBlocks += blocksOf(bytes);
  }
  const directories = blocksOf(end);
  const longTargets = directories + directoryBlocks;
  return {
    order,
    sequence: sequence.subarray(0, placed),
    nid,
    links,
    directories,
    longTargets,
    blocks: longTargets + targetBlocks,
    size,
  };
}

export function blocksOf(bytes: number): number {
  return Math.ceil(bytes / BLOCK_SIZE);
}

export function roundUp(value: number, unit: number): number {
  return Math.ceil(value / unit) * unit;
}

/** The data layout of an inode. */
export function layoutOf(tree: IndexTree, inode: number): number {
  const type = tree.inodes.type(inode);
  if (type === S_IFREG) return tree.sparse.has(inode) ? CHUNK_BASED : FLAT_PLAIN;
  const isShort = type === S_IFLNK && INODE_SIZE + tree.inodes.size(inode) <= BLOCK_SIZE;
  return isShort ? FLAT_INLINE : FLAT_PLAIN;
}

/** Bytes behind an inode's own: attributes, and a short target or the map of chunks. */
function tailOf(tree: IndexTree, inode: number): number {
  const attributes = tree.attributes.bytes(tree.inodes.attributes(inode)).byteLength;
  const sparse = tree.sparse.get(inode);
  if (sparse) return roundUp(attributes, CHUNK_ENTRY_SIZE) + sparse.chunks * CHUNK_ENTRY_SIZE;
  return attributes + (layoutOf(tree, inode) === FLAT_INLINE ? tree.inodes.size(inode) : 0);
}
