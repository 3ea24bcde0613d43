import { invalid } from "../../../core/index.ts";
import { type ByteString, show } from "../../../image/index.ts";
import { baseName, joinPath, parentOf, type SourceTree, type TreeEntry } from "../tree/tree.ts";
import type { Ids, RootWriter } from "./root-writer.ts";

export interface CopyOptions {
  /** Owner of everything copied and of directories made; the source's own owners, and root, when absent. */
  readonly owner?: Ids;
  /** Permission bits of everything copied and of directories made. */
  readonly mode?: number;
  readonly signal: AbortSignal;
}

const ROOT: Ids = { uid: 0, gid: 0 };
/** Longest time the event loop is held while many small files are written, in milliseconds. */
const TURN = 8;

/** One copy: a tree (or a part of it) goes below a directory of a root filesystem. */
export class TreeCopy {
  readonly #tree: SourceTree;
  readonly #writer: RootWriter;
  readonly #options: CopyOptions;
  /** Where the first of each group of hard links was written. */
  readonly #links = new Map<string, ByteString>();
  #turn = performance.now();

  constructor(tree: SourceTree, writer: RootWriter, options: CopyOptions) {
    this.#tree = tree;
    this.#writer = writer;
    this.#options = options;
  }

  /**
   * COPY's rules for one source: a directory stands for its contents, a file goes under the destination's name or,
   * where that is a directory (or is written with a slash), into it. `named` gives the name, `path` the content.
   */
  async copy(named: ByteString, path: ByteString, destination: ByteString): Promise<void> {
    const entry = this.#tree.lookup(path);
    if (!entry) throw invalid(`${show(named)} is not there any more`);
    this.#ensure(destination.endsWith("/") ? destination : parentOf(destination));
    const target = this.#writer.resolve(destination);
    const there = this.#writer.tree.kind(target);
    if (entry.type === "directory") {
      if (there && there !== "directory") {
        throw invalid(`cannot copy to non-directory: ${show(target)}`);
      }
      if (!there) this.#ensure(target);
      await this.#contents(path, target, false);
      if (!entry.implied) this.#writer.setTime(target, entry.mtime);
      return;
    }
    const file = there === "directory" ? joinPath(target, baseName(named)) : target;
    this.#ensure(parentOf(file));
    await this.#one(path, entry, file, false);
  }

  /** The entry at `path` goes exactly to `destination`. */
  async put(path: ByteString, destination: ByteString): Promise<void> {
    const entry = this.#tree.lookup(path);
    if (!entry) throw invalid(`${show(path)} is not there`);
    this.#ensure(parentOf(destination));
    await this.#one(path, entry, this.#writer.resolve(destination), false);
  }

  /** An archive's rules: every entry goes below `destination` and takes the place of whatever is not a directory. */
  async unpack(destination: ByteString): Promise<void> {
    await this.#contents("/", this.#ensure(destination), true);
  }

  #ensure(path: ByteString): ByteString {
    return this.#writer.ensureDirectory(path, this.#options.owner ?? ROOT, this.#options.mode ?? 0o755);
  }

  async #contents(path: ByteString, target: ByteString, replace: boolean): Promise<void> {
    for (const name of this.#tree.names(path)) {
      const child = joinPath(path, name);
      const entry = this.#tree.lookup(child);
      if (entry) await this.#one(child, entry, joinPath(target, name), replace);
    }
  }

  async #one(path: ByteString, entry: TreeEntry, target: ByteString, replace: boolean): Promise<void> {
    this.#options.signal.throwIfAborted();
    if (performance.now() - this.#turn > TURN) {
      await new Promise<void>((resolve) => setImmediate(resolve));
      this.#turn = performance.now();
    }
    if (entry.type === "directory") return this.#directory(path, entry, target, replace);
    const there = this.#writer.tree.kind(target);
    if (there && replace) this.#writer.removeAll(target);
    else if (there === "directory") {
      throw invalid(`cannot replace to directory ${show(target)} with file`);
    } else if (there) this.#writer.unlink(target);
    const first = entry.identity === undefined ? undefined : this.#links.get(entry.identity);
    if (first !== undefined) {
      this.#writer.makeLink(target, first);
      return;
    }
    if (entry.type === "file") await this.#writer.writeFile(target, this.#tree.pieces(path), entry.size);
    else if (entry.type === "symlink") this.#writer.makeSymlink(target, entry.linkname ?? "");
    else this.#writer.makeNode(target, entry);
    this.#describe(target, entry);
    if (entry.identity !== undefined) this.#links.set(entry.identity, target);
  }

  async #directory(path: ByteString, entry: TreeEntry, target: ByteString, replace: boolean): Promise<void> {
    // Directories that an archive does not name are root's, whatever owner is asked for, as Docker makes them.
    if (entry.implied)
      return this.#contents(path, this.#writer.ensureDirectory(target, ROOT, 0o755), replace);
    const there = this.#writer.tree.kind(target);
    if (there && there !== "directory") {
      if (!replace) throw invalid(`cannot copy to non-directory: ${show(target)}`);
      this.#writer.removeAll(target);
    }
    if (there !== "directory") this.#writer.makeDirectory(target);
    await this.#contents(path, target, replace);
    this.#describe(target, entry);
  }

  #describe(target: ByteString, entry: TreeEntry): void {
    const { uid, gid } = this.#options.owner ?? entry;
    const mode = this.#options.mode ?? entry.mode;
    this.#writer.setMetadata(target, { ...entry, uid, gid, mode });
  }
}
