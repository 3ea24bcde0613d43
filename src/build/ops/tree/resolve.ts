import { invalid } from "../../../core/index.ts";
import { type ByteString, show } from "../../../image/index.ts";
import { joinPath, parentOf, type SourceTree } from "./tree.ts";

/** Symbolic links followed for one path before it counts as a loop, as in the kernel. */
const MOST_LINKS = 40;

/**
 * The literal path behind `path`, symbolic links followed as if the tree were the whole filesystem: neither `..` nor
 * an absolute link leads out of it. Undefined where nothing is.
 * @throws invalid on a loop
 */
export function resolvePath(tree: SourceTree, path: ByteString): ByteString | undefined {
  const waiting = path.split("/").reverse();
  let at: ByteString = "/";
  let links = 0;
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (name === "" || name === ".") continue;
    if (name === "..") {
      at = parentOf(at);
      continue;
    }
    const next = joinPath(at, name);
    const entry = tree.lookup(next);
    if (!entry) return undefined;
    if (entry.type !== "symlink") {
      at = next;
      continue;
    }
    if (++links > MOST_LINKS) throw invalid(`${show(path)}: too many levels of symbolic links`);
    const target = entry.linkname ?? "";
    if (target.startsWith("/")) at = "/";
    waiting.push(...target.split("/").reverse());
  }
  return tree.lookup(at) ? at : undefined;
}
