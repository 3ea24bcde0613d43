import { readTar } from "../image/index.ts";
import { DirectoryTree } from "./directory-tree.ts";
import { fillTree } from "./fill-tree.ts";

/**
 * Unpacks a plain layer tar into the empty directory `root`, deletions in overlayfs form. Nothing outside of
 * `root` is read or written.
 * @returns bytes of all files and link targets, each inode once
 * @throws invalid naming the entry; unavailable when the disk is full
 */
export async function extractLayer(root: string, tar: AsyncIterable<Uint8Array>): Promise<number> {
  const tree = new DirectoryTree(root);
  await fillTree(tree, readTar(tar));
  return tree.finish();
}
