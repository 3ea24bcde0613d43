import type { ByteString, TarEntry } from "../image/index.ts";

/** An open directory of a tree: a number that the tree gave out. */
export type DirectoryHandle = number;

/** What is at a name. */
export type Occupant = "nothing" | "directory" | "whiteout" | "other";

/** Extended attributes that an entry brings, checked. */
export type Attributes = readonly (readonly [name: ByteString, value: Uint8Array])[];

/**
 * A tree of files that is being filled with a layer's entries. `fillTree` decides what the entries mean and says it in
 * these words, whether the tree is directories on a disk or an index in memory. `base` is one name of at most 255 bytes;
 * for `setDirectory` and `setOpaque` it may be `.`, the directory itself. Names that are made must be free.
 */
export interface LayerTree {
  /**
   * The directory at a path, links followed as if the tree's root were `/`. Undefined when it is missing or something
   * else. Paths have at most 4095 bytes. @throws invalid when links lead in a circle or to names too long
   */
  find(path: ByteString): DirectoryHandle | undefined;
  /** The directory is not used any more under this handle. */
  release(directory: DirectoryHandle): void;
  occupant(directory: DirectoryHandle, base: ByteString): Occupant;
  /** Removes what is there with all that lies below. Handles stay valid only for what lies elsewhere. */
  remove(directory: DirectoryHandle, base: ByteString): void;
  /** A directory that belongs to root, 0755, whatever is around it. */
  makeDirectory(directory: DirectoryHandle, base: ByteString, mtime: bigint): void;
  makeWhiteout(directory: DirectoryHandle, base: ByteString): void;
  makeFile(
    directory: DirectoryHandle,
    base: ByteString,
    entry: TarEntry,
    attributes: Attributes,
  ): Promise<void> | void;
  makeSymlink(directory: DirectoryHandle, base: ByteString, entry: TarEntry): void;
  /** A device or a pipe. */
  makeNode(directory: DirectoryHandle, base: ByteString, entry: TarEntry): void;
  /** Gives what is at `target` one more name, in place of what has it. False when `target` went with that. */
  link(
    directory: DirectoryHandle,
    base: ByteString,
    target: { directory: DirectoryHandle; base: ByteString },
  ): boolean;
  /** Owner, mode and time of a directory; its attributes are added to those it has. */
  setDirectory(directory: DirectoryHandle, base: ByteString, entry: TarEntry, attributes: Attributes): void;
  /** The directory hides all that is below it in other layers. */
  setOpaque(directory: DirectoryHandle, base: ByteString): void;
}
