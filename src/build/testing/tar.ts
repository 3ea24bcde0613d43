import { afterAll } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeText, type TarInput, writeTar } from "../../image/index.ts";
import { Spool } from "../ops/tree/spool.ts";
import { TarTree } from "../ops/tree/tar-tree.ts";

/** Files of a test by path: text is a file's content, the rest says what else it is. Directories end in a slash. */
export type Files = Record<string, string | Partial<TarInput>>;

export function tarOf(files: Files): AsyncIterable<Uint8Array> {
  return writeTar(
    Object.entries(files).map(([path, what]): TarInput => {
      const directory = path.endsWith("/");
      const name = encodeText(directory ? path.slice(0, -1) : path);
      const base = { name, mode: directory ? 0o755 : 0o644, type: directory ? "directory" : "file" } as const;
      if (typeof what !== "string") return { ...base, ...what };
      return { ...base, ...(!directory && { body: Buffer.from(what) }) };
    }),
  );
}

/** The same in one piece. */
export async function archive(files: Files): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const piece of tarOf(files)) parts.push(piece);
  return Buffer.concat(parts);
}

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
