import type { ByteString } from "../../image/index.ts";
import { ByteArena } from "./byte-arena.ts";
import { Column } from "./column.ts";

/** Bytes of names that one layer may have. */
const MAX_BYTES = 128 << 20;

/**
 * The names in all directories of a tree, each with the inode it stands for; numbered from 0, never removed (a name that
 * is free again stands for `NO_INODE`).
 */
export class Names {
  readonly #bytes = new ByteArena(MAX_BYTES);
  readonly #place = new Column(Uint32Array);
  readonly #length = new Column(Uint8Array);
  readonly #directory = new Column(Uint32Array);
  readonly #inode = new Column(Uint32Array);
  readonly #hash = new Column(Uint32Array);
  /** Open addressing: a name's number plus one, or 0. */
  #table = new Uint32Array(256);
  /** Unknown to whoever wrote the archive, so that no names can be made that all meet in one place. */
  readonly #seed = crypto.getRandomValues(new Uint32Array(1))[0] as number;
  count = 0;

  find(directory: number, name: ByteString): number | undefined {
    const hash = this.#hashOf(directory, name);
    const mask = this.#table.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = (this.#table[slot] as number) - 1;
      if (entry < 0) return undefined;
      if (this.#hash.get(entry) !== hash || this.#directory.get(entry) !== directory) continue;
      if (this.#bytes.equals(this.#place.get(entry), this.#length.get(entry), name)) return entry;
    }
  }

  /** A name that is not there yet. */
  add(directory: number, name: ByteString, inode: number): void {
    if (this.count * 2 >= this.#table.length) this.#grow();
    const entry = this.count++;
    const hash = this.#hashOf(directory, name);
    this.#place.set(entry, this.#bytes.add(name));
    this.#length.set(entry, name.length);
    this.#directory.set(entry, directory);
    this.#inode.set(entry, inode);
    this.#hash.set(entry, hash);
    this.#enter(entry, hash);
  }

  inode(entry: number): number {
    return this.#inode.get(entry);
  }

  setInode(entry: number, inode: number): void {
    this.#inode.set(entry, inode);
  }

  directory(entry: number): number {
    return this.#directory.get(entry);
  }

  length(entry: number): number {
    return this.#length.get(entry);
  }

  copy(entry: number, target: Uint8Array, to: number): void {
    this.#bytes.copy(this.#place.get(entry), this.#length.get(entry), target, to);
  }

  text(entry: number): ByteString {
    return this.#bytes.text(this.#place.get(entry), this.#length.get(entry));
  }

  /** By byte value. */
  compare(a: number, b: number): number {
    return this.#bytes.compare(
      this.#place.get(a),
      this.#length.get(a),
      this.#place.get(b),
      this.#length.get(b),
    );
  }

  #enter(entry: number, hash: number): void {
    const mask = this.#table.length - 1;
    let slot = hash & mask;
    while (this.#table[slot] !== 0) slot = (slot + 1) & mask;
    this.#table[slot] = entry + 1;
  }

  #grow(): void {
    this.#table = new Uint32Array(this.#table.length * 2);
    for (let entry = 0; entry < this.count; entry++) this.#enter(entry, this.#hash.get(entry));
  }

  #hashOf(directory: number, name: ByteString): number {
    let hash = mix(this.#seed ^ directory, 0x9e3779b1);
    for (let i = 0; i < name.length; i++) hash = mix(hash ^ name.charCodeAt(i), 0xcc9e2d51);
    return mix(hash, 0x85ebca6b) >>> 0;
  }
}

function mix(value: number, factor: number): number {
  const product = Math.imul(value, factor);
  return product ^ (product >>> 15);
}
