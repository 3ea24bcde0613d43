import { lstatSync, readdirSync, rmdirSync, type Stats, unlinkSync } from "node:fs";
import { codeOf } from "../../core/index.ts";
import { type ByteString, encodeText, fsPath, toBytes } from "../../image/index.ts";
import { lgetxattr } from "../../kernel/index.ts";
import { joinPath, type TreeEntry } from "./tree/tree.ts";
import { RootWriter } from "./write/root-writer.ts";

/**
 * Mount points that a runtime makes in the read-write layer because the image has none. Docker's layers do not show
 * them, so what is still empty afterwards goes, and with it the copies of directories that were only there to hold
 * them.
 */
export class MountStubs {
  /** Paths missing before the run. */
  readonly #missing = new Set<ByteString>();
  /** Directories of the image above them, as they were. */
  readonly #holders = new Map<ByteString, TreeEntry>();

  /** Looks at a mounted root filesystem before the runtime does. @throws invalid where a mount point cannot be */
  constructor(root: string, destinations: readonly string[]) {
    const writer = new RootWriter(root);
    // What lies below another mount is made there, not in the root filesystem.
    const tops = destinations.filter((path) => !destinations.some((other) => path.startsWith(`${other}/`)));
    for (const destination of tops) this.#look(writer, writer.resolve(encodeText(destination)));
  }

  #look(writer: RootWriter, literal: ByteString): void {
    const above: [ByteString, TreeEntry][] = [];
    let at: ByteString = "/";
    for (const name of literal.split("/").filter(Boolean)) {
      at = joinPath(at, name);
      const entry = writer.tree.lookup(at);
      if (entry) above.push([at, entry]);
      else this.#missing.add(at);
    }
    if (this.#missing.has(at)) for (const [path, entry] of above) this.#holders.set(path, entry);
  }

  /** Removes what is left of them from the unmounted read-write layer. */
  sweep(upper: string): void {
    const host = (path: ByteString) => encodeText(upper) + path;
    for (const path of deepestFirst(this.#missing)) removeIfEmpty(host(path));
    for (const path of deepestFirst(this.#holders.keys())) {
      removeIfUnchanged(host(path), this.#holders.get(path) as TreeEntry);
    }
  }
}

function deepestFirst(paths: Iterable<ByteString>): ByteString[] {
  return [...paths].sort((a, b) => b.split("/").length - a.split("/").length);
}

function isEmpty(host: ByteString): boolean {
  return readdirSync(fsPath(host)).length === 0;
}

function removeIfEmpty(host: ByteString): void {
  const stat = statOf(host);
  if (stat?.isFile() && stat.size === 0) unlinkSync(fsPath(host));
  else if (stat?.isDirectory() && isEmpty(host)) rmdirSync(fsPath(host));
}

/** An empty copy of a directory of the image says nothing, unless it hides what was in there. */
function removeIfUnchanged(host: ByteString, before: TreeEntry): void {
  const stat = statOf(host);
  if (!stat?.isDirectory() || !isEmpty(host)) return;
  const same = (stat.mode & 0o7777) === before.mode && stat.uid === before.uid && stat.gid === before.gid;
  if (same && lgetxattr(toBytes(host), "trusted.overlay.opaque") === undefined) rmdirSync(fsPath(host));
}

function statOf(host: ByteString): Stats | undefined {
  try {
    return lstatSync(fsPath(host));
  } catch (error) {
    if (codeOf(error) === "ENOENT" || codeOf(error) === "ENOTDIR") return undefined;
    throw error;
  }
}
