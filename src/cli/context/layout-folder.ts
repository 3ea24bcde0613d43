import { lstatSync, readdirSync, type Stats, statSync } from "node:fs";
import { join } from "node:path";
import { invalid } from "../../core/index.ts";
import { systemReason } from "../run-options/system-reason.ts";
import type { FileBytes } from "./file-bytes.ts";
import { BLOCK, padding, tarHeader } from "./tar-header.ts";
import { type ContextEntry, tarStream } from "./tar-stream.ts";

/** OCI image specification, "Image Layout": the files beside the blobs, which lie at `blobs/ALGORITHM/ENCODED`. */
const DOCUMENTS = ["oci-layout", "index.json"];
const ALGORITHM = "sha256";
const ENCODED = /^[0-9a-f]{64}$/;

/**
 * The files of an OCI image layout as an archive, always the same for the same layout. Nothing else of the folder is
 * sent, and no link in it is followed.
 * @throws invalid when the folder is no layout, or one of its files is a link or cannot be read
 */
export function openLayoutFolder(folder: string): FileBytes {
  const blobs = `blobs/${ALGORITHM}`;
  if (!isLayout(folder)) {
    throw invalid(
      `read ${folder}: is a directory, and no OCI image layout: that has ${DOCUMENTS.join(", ")} and blobs`,
    );
  }
  for (const name of ["blobs", blobs]) entryAt(folder, name, (stats) => stats.isDirectory());
  const files = [
    ...DOCUMENTS,
    ...namesIn(join(folder, blobs))
      .filter((name) => ENCODED.test(name))
      .map((name) => `${blobs}/${name}`),
  ];
  const entries = files.map((name): ContextEntry => {
    const { size } = entryAt(folder, name, (stats) => stats.isFile());
    return { name: Buffer.from(name), type: "file", mode: 0o644, mtime: 0, size, source: join(folder, name) };
  });
  const size = entries.reduce(
    (sum, entry) => sum + tarHeader(entry).length + entry.size + padding(entry.size),
    2 * BLOCK,
  );
  return { size, bytes: inTurn(tarStream(entries, "image layout")) };
}

/** The user's own path may be a link. */
export function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
}

function isLayout(folder: string): boolean {
  return [...DOCUMENTS, "blobs"].every((name) => lstatSync(join(folder, name), { throwIfNoEntry: false }));
}

function entryAt(folder: string, name: string, fits: (stats: Stats) => boolean): Stats {
  const path = join(folder, name);
  const stats = tried(path, () => lstatSync(path));
  if (fits(stats)) return stats;
  const what = stats.isSymbolicLink() ? "is a symbolic link, which is not followed" : "has the wrong type";
  throw invalid(`${path} of the image layout ${what}`);
}

function namesIn(path: string): string[] {
  return tried(path, () => readdirSync(path)).sort();
}

function tried<T>(path: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw invalid(`cannot read ${path} of the image layout: ${systemReason(error)}`, error);
  }
}

async function* inTurn<T>(source: Iterable<T>): AsyncGenerator<T> {
  yield* source;
}
