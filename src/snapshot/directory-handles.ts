import { invalid } from "../core/index.ts";
import { type ByteString, show } from "../image/index.ts";
import type { DirectoryHandle, LayerTree } from "./layer-tree.ts";

/** Directories kept open at once. */
const LIMIT = 32;

/**
 * Directories of a tree that is being filled from untrusted names. The tree resolves each path with its own root as
 * `/`, so links and `..` stay inside; then a single name in the open directory is used, which no link can
 * divert. The most recently used ones stay open.
 */
export class DirectoryHandles implements Disposable {
  readonly #open = new Map<ByteString, DirectoryHandle>();
  #outdated = false;

  constructor(private readonly tree: LayerTree) {}

  /**
   * An existing or new directory; what is missing of its path is made, with this time.
   * @throws invalid when something else is in its place
   */
  open(path: ByteString, mtime: bigint): DirectoryHandle {
    return this.find(path) ?? this.#keep(path, this.#make(path, mtime));
  }

  /** A directory if it is there; nothing is made. */
  find(path: ByteString): DirectoryHandle | undefined {
    const known = this.#known(path);
    if (known !== undefined) return known;
    const found = this.tree.find(path);
    return found === undefined ? undefined : this.#keep(path, found);
  }

  /**
   * To be called when something was removed or replaced: paths may lead elsewhere from now on. Those handed out
   * before stay valid until the next one is asked for.
   */
  forget(): void {
    this.#outdated = true;
  }

  [Symbol.dispose](): void {
    for (const handle of this.#open.values()) this.tree.release(handle);
    this.#open.clear();
  }

  #known(path: ByteString): DirectoryHandle | undefined {
    if (this.#outdated) {
      this[Symbol.dispose]();
      this.#outdated = false;
    }
    const handle = this.#open.get(path);
    if (handle !== undefined) {
      this.#open.delete(path);
      this.#open.set(path, handle);
    }
    return handle;
  }

  /** Remembers an open directory in place of the one that was not used for the longest time. */
  #keep(path: ByteString, handle: DirectoryHandle): DirectoryHandle {
    if (this.#open.size >= LIMIT) {
      for (const [oldest, old] of this.#open) {
        this.#open.delete(oldest);
        this.tree.release(old);
        break;
      }
    }
    this.#open.set(path, handle);
    return handle;
  }

  #make(path: ByteString, mtime: bigint): DirectoryHandle {
    const notDirectory = () => invalid(`layer entry in ${show(path)}: ${show(path)} is not a directory`);
    const slash = path.lastIndexOf("/");
    const base = path.slice(slash + 1);
    const parent = this.open(slash < 0 ? "" : path.slice(0, slash), mtime);
    const there = this.tree.occupant(parent, base);
    if (there === "other") throw notDirectory();
    // Deleted and made anew in one layer: nothing of the layers below is to be seen in it.
    if (there === "whiteout") this.tree.remove(parent, base);
    if (there !== "directory") this.tree.makeDirectory(parent, base, mtime);
    if (there === "whiteout") this.tree.setOpaque(parent, base);
    const made = this.tree.find(path);
    if (made === undefined) throw notDirectory();
    return made;
  }
}
