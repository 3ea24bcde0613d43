import { chmodSync, chownSync, closeSync, constants, lstatSync, mkdirSync, unlinkSync } from "node:fs";
import { codeOf, invalid } from "../core/index.ts";
import { type ByteString, fsPath, show, toBytes } from "../image/index.ts";
import { openInRoot } from "../kernel/index.ts";
import { isWhiteout, setOpaque } from "./overlay-form.ts";

const O_PATH = 0o10000000;
/** Directories kept open at once. */
const LIMIT = 32;

/**
 * Directories below a root that is being filled from untrusted names. The kernel resolves each with the root as `/`
 * (openat2), so links and `..` stay inside; then a single name below the open directory is used, which no link
 * can divert. The most recently used ones stay open.
 */
export class DirectoryHandles implements Disposable {
  readonly #open = new Map<ByteString, number>();
  #outdated = false;

  constructor(private readonly root: string) {}

  /** Path of the entry `base` in the directory `parent`, which is made (with what is above) when missing. */
  entry(parent: ByteString, base: ByteString): ByteString {
    return `/proc/self/fd/${this.#handle(parent)}/${base}`;
  }

  /** Path of an existing or new directory. @throws invalid when something else is in its place */
  directory(path: ByteString): ByteString {
    return `/proc/self/fd/${this.#handle(path)}/.`;
  }

  /** The entry `base` in a directory if that is there; nothing is made. */
  existing(parent: ByteString, base: ByteString): ByteString | undefined {
    const fd = this.#known(parent) ?? this.#keep(parent, this.#resolve(parent));
    return fd === undefined ? undefined : `/proc/self/fd/${fd}/${base}`;
  }

  /**
   * To be called when something was removed or replaced: paths may lead elsewhere from now on. Those handed out
   * before stay valid until the next one is asked for.
   */
  forget(): void {
    this.#outdated = true;
  }

  [Symbol.dispose](): void {
    for (const fd of this.#open.values()) closeSync(fd);
    this.#open.clear();
  }

  #handle(path: ByteString): number {
    return this.#known(path) ?? this.#keep(path, this.#resolve(path) ?? this.#make(path));
  }

  #known(path: ByteString): number | undefined {
    if (this.#outdated) {
      this[Symbol.dispose]();
      this.#outdated = false;
    }
    const fd = this.#open.get(path);
    if (fd !== undefined) {
      this.#open.delete(path);
      this.#open.set(path, fd);
    }
    return fd;
  }

  /** Remembers an open directory in place of the one that was not used for the longest time. */
  #keep<Fd extends number | undefined>(path: ByteString, fd: Fd): Fd {
    if (fd === undefined) return fd;
    if (this.#open.size >= LIMIT) {
      for (const [oldest, old] of this.#open) {
        this.#open.delete(oldest);
        closeSync(old);
        break;
      }
    }
    this.#open.set(path, fd);
    return fd;
  }

  /** Undefined when it is missing or hidden. */
  #resolve(path: ByteString): number | undefined {
    try {
      return openInRoot(this.root, toBytes(path === "" ? "." : path), O_PATH | constants.O_DIRECTORY);
    } catch (error) {
      const code = codeOf(error);
      if (code === "ENOENT" || code === "ENOTDIR") return undefined;
      if (code === "ELOOP" || code === "ENAMETOOLONG") {
        throw invalid(
          `layer entry in ${show(path)}: ${code === "ELOOP" ? "links in a circle" : "name too long"}`,
          error,
        );
      }
      throw error;
    }
  }

  #make(path: ByteString): number {
    const slash = path.lastIndexOf("/");
    const parent = slash < 0 ? "" : path.slice(0, slash);
    const place = this.entry(parent, path.slice(slash + 1));
    try {
      makeDirectory(place);
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
      if (!isWhiteout(lstatSync(fsPath(place)))) {
        throw invalid(`layer entry in ${show(path)}: ${show(path)} is not a directory`);
      }
      // Deleted and made anew in one layer: nothing of the layers below is to be seen in it.
      unlinkSync(fsPath(place));
      makeDirectory(place);
      setOpaque(toBytes(place));
    }
    const fd = this.#resolve(path);
    if (fd === undefined) throw invalid(`layer entry in ${show(path)}: ${show(path)} is not a directory`);
    return fd;
  }
}

/** A new directory that belongs to root, 0755, whatever its parent's setgid bit or the umask say. */
function makeDirectory(path: ByteString): void {
  mkdirSync(fsPath(path));
  chownSync(fsPath(path), 0, 0);
  chmodSync(fsPath(path), 0o755);
}
