import { BerthError, codeOf, internal, invalid, messageOf, unavailable } from "../core/index.ts";
import { type ByteString, show, type TarEntry } from "../image/index.ts";
import { DirectoryHandles } from "./directory-handles.ts";
import { attributesOf } from "./entry-attributes.ts";
import { componentsOf, meaningOf } from "./entry-path.ts";
import { NotExpressible } from "./erofs/not-expressible.ts";
import type { DirectoryHandle, LayerTree, Occupant } from "./layer-tree.ts";
import { Breather } from "./walk.ts";

/** NAME_MAX and PATH_MAX of Linux, the latter without its NUL. */
const MAX_NAME = 255;
const MAX_PATH = 4095;
/** The kernel's device numbers have 12 and 20 bits. */
const MAX_MAJOR = 0xfff;
const MAX_MINOR = 0xfffff;

/**
 * Puts the entries of a plain layer tar into an empty tree, deletions in overlayfs form. Nothing outside of the
 * tree is meant, whatever the archive says; a name that occurs twice counts the last time.
 * @throws invalid naming the entry; unavailable when the disk is full
 */
export async function fillTree(tree: LayerTree, entries: AsyncIterable<TarEntry>): Promise<void> {
  using filler = new Filler(tree);
  const breather = new Breather();
  for await (const entry of entries) {
    if (breather.isDue) await breather.step();
    try {
      const work = filler.add(entry);
      if (work) await work;
    } catch (error) {
      throw explain(error, entry.name);
    }
  }
}

class Filler implements Disposable {
  readonly #directories: DirectoryHandles;

  constructor(private readonly tree: LayerTree) {
    this.#directories = new DirectoryHandles(tree);
  }

  add(entry: TarEntry): Promise<void> | void {
    const meaning = meaningOf(entry.name);
    switch (meaning.kind) {
      case "ignored":
        return;
      case "root":
        if (entry.type !== "directory") throw invalid("the root filesystem itself must be a directory");
        return this.tree.setDirectory(this.#open("", entry), ".", entry, attributesOf(entry));
      case "opaque":
        return this.tree.setOpaque(this.#open(meaning.parent, entry), ".");
      case "whiteout":
        checkName(meaning.base);
        return this.#hide(this.#open(meaning.parent, entry), meaning.base);
      case "entry":
        checkName(meaning.base);
        return this.#make(entry, this.#open(meaning.parent, entry), meaning.base);
    }
  }

  [Symbol.dispose](): void {
    this.#directories[Symbol.dispose]();
  }

  #open(path: ByteString, { mtime }: TarEntry): DirectoryHandle {
    if (path.length > MAX_PATH) throw invalid(`its path is longer than ${MAX_PATH} bytes`);
    if (path.length > MAX_NAME) for (const name of path.split("/")) checkName(name);
    return this.#directories.open(path, mtime);
  }

  /** Something of that name in the same layer stays, but what lies below it is hidden. */
  #hide(directory: DirectoryHandle, base: ByteString): void {
    const there = this.tree.occupant(directory, base);
    if (there === "nothing") this.tree.makeWhiteout(directory, base);
    else if (there === "directory") this.tree.setOpaque(directory, base);
  }

  #make(entry: TarEntry, directory: DirectoryHandle, base: ByteString): Promise<void> | void {
    switch (entry.type) {
      case "directory": {
        const attributes = attributesOf(entry);
        const there = this.tree.occupant(directory, base);
        if (there !== "directory") {
          this.#clear(directory, base, there);
          this.tree.makeDirectory(directory, base, entry.mtime);
        }
        if (there === "whiteout") this.tree.setOpaque(directory, base);
        return this.tree.setDirectory(directory, base, entry, attributes);
      }
      case "file": {
        const attributes = attributesOf(entry);
        this.#clear(directory, base);
        return this.tree.makeFile(directory, base, entry, attributes);
      }
      case "link":
        return this.#link(entry, directory, base);
      case "symlink": {
        const target = entry.linkname ?? "";
        if (target === "" || target.includes("\0")) throw invalid("symbolic link without a target");
        if (target.length > MAX_PATH) {
          throw invalid(`symbolic link to a target of more than ${MAX_PATH} bytes`);
        }
        this.#clear(directory, base);
        return this.tree.makeSymlink(directory, base, entry);
      }
      case "fifo":
        this.#clear(directory, base);
        return this.tree.makeNode(directory, base, entry);
      default: {
        const { major = 0, minor = 0 } = entry;
        if (major < 0 || major > MAX_MAJOR || minor < 0 || minor > MAX_MINOR) {
          throw invalid(`a device with the number ${major}:${minor} cannot exist`);
        }
        this.#clear(directory, base);
        return this.tree.makeNode(directory, base, entry);
      }
    }
  }

  #link(entry: TarEntry, directory: DirectoryHandle, base: ByteString): void {
    const linkname = entry.linkname ?? "";
    const missing = () => invalid(`hard link to ${show(linkname)}, which is not in the layer before it`);
    const path = componentsOf(linkname);
    const targetBase = path.pop();
    if (targetBase === undefined) throw invalid("hard link to the root filesystem itself");
    const parent = path.join("/");
    if (parent.length > MAX_PATH || targetBase.length > MAX_NAME) throw missing();
    const targetDirectory = this.#directories.find(parent);
    if (targetDirectory === undefined) throw missing();
    const there = this.tree.occupant(targetDirectory, targetBase);
    if (there === "directory") throw invalid(`hard link to the directory ${show(linkname)}`);
    if (there !== "other") throw missing();
    const replaced = this.tree.occupant(directory, base);
    if (!this.tree.link(directory, base, { directory: targetDirectory, base: targetBase })) throw missing();
    if (replaced !== "nothing") this.#directories.forget();
  }

  /** Removes what is in the way of a new entry. */
  #clear(
    directory: DirectoryHandle,
    base: ByteString,
    there: Occupant = this.tree.occupant(directory, base),
  ): void {
    if (there === "nothing") return;
    this.tree.remove(directory, base);
    this.#directories.forget();
  }
}

function checkName(name: ByteString): void {
  if (name.length > MAX_NAME) throw invalid(`a name in it is longer than ${MAX_NAME} bytes`);
}

const FULL = new Set(["ENOSPC", "EDQUOT"]);
/** What else a filesystem may refuse. */
const BAD_ENTRY = new Set(["ENAMETOOLONG", "EINVAL", "EFBIG", "EMLINK", "ERANGE", "E2BIG"]);

function explain(error: unknown, name: ByteString): Error {
  if (error instanceof NotExpressible) return error;
  const code = codeOf(error);
  const where = `layer entry ${show(name)}`;
  if (code && FULL.has(code)) return unavailable(`${where}: no space left to unpack it (${code})`, error);
  if (code && BAD_ENTRY.has(code)) return invalid(`${where} cannot be made: ${code}`, error);
  if (error instanceof BerthError && code === undefined) {
    const { message } = error;
    return message.includes(show(name))
      ? error
      : new BerthError(error.kind, `${where}: ${message}`, { cause: error });
  }
  return internal(`${where}: ${messageOf(error)}`, error);
}
