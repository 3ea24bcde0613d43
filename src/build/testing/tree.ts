import { afterAll } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Spool } from "../ops/tree/spool.ts";
import { TarTree } from "../ops/tree/tar-tree.ts";
import { type Files, tarOf } from "./tar.ts";

const spools: Spool[] = [];
afterAll(async () => {
  for (const spool of spools.splice(0)) await spool[Symbol.asyncDispose]();
});

/** A tree of an archive with these files. */
export async function treeOf(files: Files, rootOwned = false): Promise<TarTree> {
  const directory = mkdtempSync(join(tmpdir(), "berth-tree-"));
  const spool = await Spool.create(join(directory, "spool"));
  spools.push(spool);
  rmSync(directory, { recursive: true });
  return TarTree.read(tarOf(files), spool, { what: "test archive", rootOwned });
}
