import { type Digest, Digester, invalid } from "../../../core/index.ts";
import { type ByteString, readTar, show, type TarEntry } from "../../../image/index.ts";
import type { Spool } from "./spool.ts";
import { joinPath, type SourceTree, type TreeEntry } from "./tree.ts";

interface Content {
  readonly digest: Digest;
  readonly segments: readonly { offset: number; length: number; at: number }[];
}

interface Node {
  entry: TreeEntry;
  content?: Content;
  children?: Map<ByteString, Node>;
}

export interface TarTreeOptions {
  /** What the archive is, for messages: "build context". */
  readonly what: string;
  /** The owners in the archive mean nothing here: everything is root's, as in a build context. */
  readonly rootOwned: boolean;
  readonly signal?: AbortSignal;
}

/** Longer paths cannot exist on Linux; it bounds the depth of the tree too. */
const LONGEST_PATH = 4096;
const MOST_ENTRIES = 2_000_000;

const IMPLIED: TreeEntry = {
  type: "directory",
  mode: 0o755,
  uid: 0,
  gid: 0,
  size: 0,
  mtime: 0n,
  implied: true,
};

/**
 * An archive as a tree: entries in memory, content in a spool. Nothing is unpacked, so no name and no link in it can
 * reach anything of the host's. Later entries replace earlier ones.
 */
export class TarTree implements SourceTree {
  readonly #root: Node;
  readonly #spool: Spool;

  private constructor(root: Node, spool: Spool) {
    this.#root = root;
    this.#spool = spool;
  }

  /**
   * Reads a plain tar to its end. `spool` is filled and must outlive the tree.
   * @throws invalid for a damaged archive and for names that lead outside
   */
  static async read(
    archive: AsyncIterable<Uint8Array>,
    spool: Spool,
    options: TarTreeOptions,
  ): Promise<TarTree> {
    const root: Node = { entry: IMPLIED, children: new Map() };
    let count = 0;
    for await (const entry of readTar(archive)) {
      options.signal?.throwIfAborted();
      if (++count > MOST_ENTRIES) throw invalid(`${options.what} has more than ${MOST_ENTRIES} entries`);
      await addEntry(root, entry, spool, options, count);
    }
    await spool.finish();
    return new TarTree(root, spool);
  }

  /** The same files without those that `ignored` says yes to; a directory stays while anything in it does. */
  without(ignored: (path: ByteString, directory: boolean) => boolean): TarTree {
    const kept = (node: Node, path: ByteString): Node | undefined => {
      const drop = path !== "/" && ignored(path.slice(1), node.children !== undefined);
      if (!node.children) return drop ? undefined : node;
      const children = new Map<ByteString, Node>();
      for (const [name, child] of node.children) {
        const left = kept(child, joinPath(path, name));
        if (left) children.set(name, left);
      }
      return drop && children.size === 0 ? undefined : { ...node, children };
    };
    return new TarTree(kept(this.#root, "/") ?? { ...this.#root, children: new Map() }, this.#spool);
  }

  lookup(path: ByteString): TreeEntry | undefined {
    return this.#find(path)?.entry;
  }

  names(path: ByteString): readonly ByteString[] {
    return [...(this.#find(path)?.children?.keys() ?? [])].sort();
  }

  async *pieces(path: ByteString): AsyncGenerator<{ offset: number; bytes: Uint8Array }, void, void> {
    for (const { offset, length, at } of this.#content(path).segments) {
      let done = 0;
      for await (const bytes of this.#spool.read(at, length)) {
        yield { offset: offset + done, bytes };
        done += bytes.byteLength;
      }
    }
  }

  async digest(path: ByteString): Promise<Digest> {
    return this.#content(path).digest;
  }

  #content(path: ByteString): Content {
    const content = this.#find(path)?.content;
    if (!content) throw invalid(`${show(path)} is not a regular file`);
    return content;
  }

  #find(path: ByteString): Node | undefined {
    return find(this.#root, componentsOf(path));
  }
}

function componentsOf(path: ByteString): ByteString[] {
  return path.split("/").filter((name) => name !== "" && name !== ".");
}

function find(root: Node, components: readonly ByteString[]): Node | undefined {
  let node: Node | undefined = root;
  for (const name of components) node = node?.children?.get(name);
  return node;
}

async function addEntry(
  root: Node,
  entry: TarEntry,
  spool: Spool,
  options: TarTreeOptions,
  number: number,
): Promise<void> {
  const bad = (why: string) => invalid(`${options.what}: entry ${show(entry.name)} ${why}`);
  if (entry.name.length > LONGEST_PATH) throw bad("has too long a path");
  if (entry.name.includes("\0")) throw bad("has a NUL character in its path");
  const components = componentsOf(entry.name);
  if (components.includes("..")) throw bad("leads outside of it");
  const name = components.pop();
  if (name === undefined) {
    if (entry.type === "directory") root.entry = treeEntry(entry, options, number);
    return;
  }
  let parent = root;
  for (const component of components) {
    if (!parent.children) throw bad("lies below something that is not a directory");
    const next: Node = parent.children.get(component) ?? { entry: IMPLIED, children: new Map() };
    parent.children.set(component, next);
    parent = next;
  }
  if (!parent.children) throw bad("lies below something that is not a directory");
  if (entry.type === "link") {
    const target = find(root, componentsOf(entry.linkname ?? ""));
    if (!target || target.children)
      throw bad(`is a hard link to ${show(entry.linkname ?? "")}, which is not there`);
    parent.children.set(name, target);
    return;
  }
  const node: Node = { entry: treeEntry(entry, options, number) };
  if (entry.type === "directory") node.children = parent.children.get(name)?.children ?? new Map();
  if (entry.type === "file") node.content = await storeContent(entry, spool);
  parent.children.set(name, node);
}

function treeEntry(entry: TarEntry, { rootOwned }: TarTreeOptions, number: number): TreeEntry {
  const { type, mode, size, mtime, linkname, major, minor, xattrs } = entry;
  return {
    // Hard links share the node of their target and never come here.
    type: type === "link" ? "file" : type,
    mode,
    uid: rootOwned ? 0 : entry.uid,
    gid: rootOwned ? 0 : entry.gid,
    size,
    mtime,
    ...(linkname !== undefined && { linkname }),
    ...(major !== undefined && { major }),
    ...(minor !== undefined && { minor }),
    ...(xattrs && { xattrs }),
    ...(type !== "directory" && { identity: String(number) }),
  };
}

/** Digest of data and holes: a hole is not read as zeros, since a few bytes can claim exabytes of them. */
async function storeContent(entry: TarEntry, spool: Spool): Promise<Content> {
  const digester = new Digester();
  if (!entry.segments) {
    const at = spool.position;
    for await (const piece of entry.body()) {
      digester.update(piece);
      await spool.write(piece);
    }
    return { digest: digester.digest(), segments: [{ offset: 0, length: entry.size, at }] };
  }
  const start = spool.position;
  for await (const { bytes } of entry.pieces()) {
    digester.update(bytes);
    await spool.write(bytes);
  }
  let at = start;
  const segments = entry.segments.map(({ offset, length }) => {
    const segment = { offset, length, at };
    at += length;
    return segment;
  });
  digester.update(Buffer.from(JSON.stringify([entry.size, entry.segments])));
  return { digest: digester.digest(), segments };
}
