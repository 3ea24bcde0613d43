import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Digest, digestOf } from "../core/index.ts";
import { type TarInput, writeTar } from "../image/index.ts";
import { mountPoints, umount } from "../kernel/index.ts";
import type { LayerStore } from "./types.ts";

/** Tests of these rooms mount overlayfs and make device nodes. */
export const isRoot = process.getuid?.() === 0;

/** What a layer can be on the disk. */
export const LAYER_FORMS = ["erofs", "directory"] as const;

/** A directory on a filesystem that overlayfs accepts for its upper directory; removed with `dispose`, mounts and all. */
export function scratchDirectory(): Disposable & { path: string } {
  const path = mkdtempSync("/var/tmp/berth-snapshot-");
  const dispose = () => {
    for (const point of mountPoints().reverse()) if (point.startsWith(`${path}/`)) umount(point);
    rmSync(path, { recursive: true, force: true });
  };
  return { path, [Symbol.dispose]: dispose };
}

export async function tarBytes(entries: Iterable<TarInput>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const piece of writeTar(entries)) parts.push(piece);
  return Buffer.concat(parts);
}

/** Stores a layer of these entries. */
export async function addLayer(
  layers: LayerStore,
  scratch: string,
  entries: Iterable<TarInput>,
): Promise<Digest> {
  const tar = await tarBytes(entries);
  const diffId = digestOf(tar);
  const path = join(scratch, `${diffId}.tar`);
  writeFileSync(path, tar);
  await layers.add(diffId, path);
  rmSync(path);
  return diffId;
}

export const file = (name: string, content = "", more: Partial<TarInput> = {}): TarInput => ({
  name,
  type: "file",
  mode: 0o644,
  body: Buffer.from(content),
  ...more,
});

export const directory = (name: string, mode = 0o755): TarInput => ({ name, type: "directory", mode });

export const symlink = (name: string, linkname: string): TarInput => ({
  name,
  type: "symlink",
  mode: 0o777,
  linkname,
});

/** Puts the right checksum into the tar header at a place; for archives that were changed. */
export function withChecksum(tar: Buffer, at: number): Buffer {
  const header = tar.subarray(at, at + 512);
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return tar;
}
