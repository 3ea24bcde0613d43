import { statSync } from "node:fs";
import { readTarFile } from "../../image/index.ts";
import { fillTree } from "../fill-tree.ts";
import { IndexTree } from "./index-tree.ts";
import { type WrittenIndex, writeIndex } from "./write-index.ts";

/**
 * Writes the EROFS index of a plain layer tar, deletions in overlayfs form: the same tree as unpacking it gives.
 * Needs some eighty bytes of memory for each entry.
 * @param uuid 16 bytes by which overlayfs tells the layer from others
 * @throws invalid naming the entry; NotExpressible when the layer has to be unpacked
 */
export async function indexLayer(tarPath: string, path: string, uuid: Uint8Array): Promise<WrittenIndex> {
  const tarSize = statSync(tarPath).size;
  const tree = new IndexTree(tarSize);
  await fillTree(tree, readTarFile(tarPath));
  return writeIndex(path, tree, tarSize, uuid);
}
