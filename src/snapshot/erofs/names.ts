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
  /** Open addressing: a name's number plus one, or 0. */
  #table = new Uint32Array(256);
  /** Unknown to whoever wrote the archive, so that no names can be made that all meet in one place. */
  readonly #seed = crypto.getRandomValues(new Uint32Array(1))[0] as number;
  /** The last question and its answer: what is asked for is often made next. */
  #lastName: ByteString | undefined;
  #lastDirectory = 0;
  #lastFound: number | undefined;
  #lastHash = 0;
  count = 0;

  find(directory: number, name: ByteString): number | undefined {
    if (name === this.#lastName && directory === this.#lastDirectory) return this.#lastFound;
    const hash = this.#hashOf(directory, name);
    const mask = this.#table.length - 1;
    let slot = hash & mask;
    let found: number | undefined;
    for (let entry = this.#table[slot] as number; entry !== 0; entry = this.#table[slot] as number) {
      if (this.#is(entry - 1, directory, name)) {
        found = entry - 1;
        break;
      }
      slot = (slot + 1) & mask;
    }
    this.#lastName = name;
    this.#lastDirectory = directory;
    this.#lastFound = found;
    this.#lastHash = hash;
    return found;
  }

  /** A name that is not there yet. */
  add(directory: number, name: ByteString, inode: number): void {
    const entry = this.count++;
    this.#place.set(entry, this.#bytes.add(name));
    this.#length.set(entry, name.length);
    this.#directory.set(entry, directory);
    this.#inode.set(entry, inode);
    const isLast = name === this.#lastName && directory === this.#lastDirectory;
    this.#enter(entry, isLast ? this.#lastHash : this.#hashOf(directory, name));
    if (isLast) this.#lastFound = entry;
    // At most three quarters full.
    if (this.count * 4 > this.#table.length * 3) this.#grow();
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

  #is(entry: number, directory: number, name: ByteString): boolean {
    return (
      this.#directory.get(entry) === directory &&
      this.#bytes.equals(this.#place.get(entry), this.#length.get(entry), name)
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
    for (let entry = 0; entry < this.count; entry++) {
      this.#enter(entry, this.#hashOfEntry(entry));
    }
  }

  #hashOf(directory: number, name: ByteString): number {
    let hash = mix(this.#seed ^ directory, FACTOR);
    for (let i = 0; i < name.length; i++) hash = mix(hash ^ name.charCodeAt(i), FACTOR);
    return hash >>> 0;
  }

  /** The same of a name that is here. */
  #hashOfEntry(entry: number): number {
    let hash = mix(this.#seed ^ this.#directory.get(entry), FACTOR);
    const place = this.#place.get(entry);
    const end = place + this.#length.get(entry);
    for (let at = place; at < end; at++) hash = mix(hash ^ this.#bytes.byte(at), FACTOR);
    return hash >>> 0;
  }
}

const FACTOR = 0xcc9e2d51;

function mix(value: number, factor: number): number {
  const product = Math.imul(value, factor);
  return product ^ (product >>> 15);
}
