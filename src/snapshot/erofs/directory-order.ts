import type { Breather } from "../walk.ts";
import { BLOCK_SIZE, DIRENT_SIZE } from "./format.ts";
import type { IndexTree } from "./index-tree.ts";
import { NO_INODE, S_IFDIR } from "./inodes.ts";

/** The two entries that every directory has, beside the numbers of names. */
export const SELF = 0xfffffffe;
export const PARENT = 0xffffffff;
/** As many as are sorted without a pause. */
const RUN = 4096;

/** The entries of every directory of a tree, sorted by the bytes of their names, in one array. */
export class DirectoryOrder {
  readonly #tree: IndexTree;
  readonly #entries: Uint32Array;
  /** Where each inode's entries begin; the next one's begin where they end. */
  readonly #start: Uint32Array;

  private constructor(tree: IndexTree, entries: Uint32Array, start: Uint32Array) {
    this.#tree = tree;
    this.#entries = entries;
    this.#start = start;
  }

  /** Groups the names by directory; not sorted yet. */
  static group(tree: IndexTree): DirectoryOrder {
    const { names, inodes } = tree;
    const start = new Uint32Array(inodes.count + 1);
    for (let inode = 0; inode < inodes.count; inode++) {
      if (inodes.type(inode) === S_IFDIR) start[inode + 1] = 2;
    }
    for (let name = 0; name < names.count; name++) {
      const next = names.directory(name) + 1;
      if (names.inode(name) !== NO_INODE) start[next] = (start[next] as number) + 1;
    }
    for (let inode = 0; inode < inodes.count; inode++) {
      start[inode + 1] = (start[inode + 1] as number) + (start[inode] as number);
    }
    const entries = new Uint32Array(start[inodes.count] as number);
    // Each beginning moves to its end, where the next one begins, and then all move up by one.
    const put = (inode: number, entry: number) => {
      const at = start[inode] as number;
      start[inode] = at + 1;
      entries[at] = entry;
    };
    for (let inode = 0; inode < inodes.count; inode++) {
      if (inodes.type(inode) !== S_IFDIR) continue;
      put(inode, SELF);
      put(inode, PARENT);
    }
    for (let name = 0; name < names.count; name++) {
      if (names.inode(name) !== NO_INODE) put(names.directory(name), name);
    }
    start.copyWithin(1, 0, inodes.count);
    start[0] = 0;
    return new DirectoryOrder(tree, entries, start);
  }

  /** `SELF`, `PARENT` and numbers of names. */
  of(directory: number): Uint32Array {
    return this.#entries.subarray(this.#start[directory], this.#start[directory + 1]);
  }

  /** Sorts one directory's entries in their place. */
  async sort(directory: number, breather: Breather): Promise<void> {
    const entries = this.of(directory);
    for (let from = 0; from < entries.length; from += RUN) {
      if (breather.isDue) await breather.step();
      const run = entries.subarray(from, from + RUN);
      if (!this.#isSorted(run)) run.sort((a, b) => this.#compare(a, b));
    }
    for (let width = RUN; width < entries.length; width *= 2) {
      const before = entries.slice();
      for (let from = 0; from < entries.length; from += 2 * width) {
        await this.#merge(before, entries, from, width, breather);
      }
    }
  }

  lengthOf(entry: number): number {
    if (entry === SELF) return 1;
    return entry === PARENT ? 2 : this.#tree.names.length(entry);
  }

  /** How many entries, from the one at `from`, share a directory's block, and how many bytes of it they take. */
  block(entries: Uint32Array, from: number): { count: number; bytes: number } {
    let bytes = 0;
    let at = from;
    for (; at < entries.length; at++) {
      const needed = DIRENT_SIZE + this.lengthOf(entries[at] as number);
      if (bytes + needed > BLOCK_SIZE) break;
      bytes += needed;
    }
    return { count: at - from, bytes };
  }

  #isSorted(entries: Uint32Array): boolean {
    for (let at = 1; at < entries.length; at++) {
      if (this.#compare(entries[at - 1] as number, entries[at] as number) > 0) return false;
    }
    return true;
  }

  async #merge(
    source: Uint32Array,
    target: Uint32Array,
    from: number,
    width: number,
    breather: Breather,
  ): Promise<void> {
    const middle = Math.min(from + width, source.length);
    const end = Math.min(from + 2 * width, source.length);
    let [left, right] = [from, middle];
    for (let at = from; at < end; at++) {
      if ((at & (RUN - 1)) === 0 && breather.isDue) await breather.step();
      const takeLeft =
        right >= end ||
        (left < middle && this.#compare(source[left] as number, source[right] as number) <= 0);
      target[at] = source[takeLeft ? left++ : right++] as number;
    }
  }

  #compare(a: number, b: number): number {
    if (a < SELF && b < SELF) return this.#tree.names.compare(a, b);
    const [textA, textB] = [this.#text(a), this.#text(b)];
    return textA < textB ? -1 : textA > textB ? 1 : 0;
  }

  #text(entry: number): string {
    if (entry === SELF) return ".";
    return entry === PARENT ? ".." : this.#tree.names.text(entry);
  }
}
