import { createHash, type Hash } from "node:crypto";
import type { Digest } from "../../../core/index.ts";
import type { ByteString } from "../../../image/index.ts";
import type { Selected } from "./select.ts";
import { joinPath, type SourceTree } from "./tree.ts";

/**
 * Digest of what is selected: names, types, permissions, owners, link targets, attributes and content of everything
 * in it, never times, so that a touched or newly cloned file is the same file.
 */
export async function contentDigest(tree: SourceTree, selected: readonly Selected[]): Promise<Digest> {
  const hash = createHash("sha256");
  for (const { named, path } of selected) {
    hash.update(`source ${JSON.stringify(named)}\n`);
    await addEntry(hash, tree, path, "");
  }
  return `sha256:${hash.digest("hex")}`;
}

async function addEntry(hash: Hash, tree: SourceTree, path: ByteString, relative: ByteString): Promise<void> {
  const entry = tree.lookup(path);
  if (!entry) return;
  const { type, mode, uid, gid, linkname, major, minor } = entry;
  const xattrs = [...(entry.xattrs ?? [])]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => [name, Buffer.from(value).toString("base64")]);
  const content = type === "file" ? await tree.digest(path) : undefined;
  const fields = [
    relative,
    type,
    type === "symlink" ? 0 : mode,
    uid,
    gid,
    linkname,
    major,
    minor,
    xattrs,
    content,
  ];
  hash.update(`${JSON.stringify(fields)}\n`);
  if (type !== "directory") return;
  for (const name of tree.names(path)) {
    await addEntry(hash, tree, joinPath(path, name), relative === "" ? name : `${relative}/${name}`);
  }
}
