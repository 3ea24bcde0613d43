import { type BigIntStats, lstatSync, readdirSync } from "node:fs";
import { type ByteString, fromBytes, fsPath, toBytes } from "../image/index.ts";
import { isOpaque, isWhiteout } from "./overlay-form.ts";
import { isGone } from "./walk.ts";

/** What read-only layers show at a path. */
export interface Below {
  /** The topmost form, if the layers show anything. */
  readonly stat?: BigIntStats;
  readonly path: ByteString;
  /** If that is a directory, all that make it up. */
  readonly directories: readonly ByteString[];
}

/** What the layers show at a name; `lowers` are the directories that make up the one it is in, the topmost first. */
export function lookup(lowers: readonly ByteString[], name: ByteString): Below {
  let top: BigIntStats | undefined;
  let topPath = "";
  const directories: ByteString[] = [];
  for (const lower of lowers) {
    const path = `${lower}/${name}`;
    const stat = statOf(path);
    if (!stat) continue;
    if (isWhiteout(stat)) break;
    if (!top) [top, topPath] = [stat, path];
    if (!stat.isDirectory()) break;
    directories.push(path);
    if (isOpaque(toBytes(path))) break;
  }
  if (!top) return { path: topPath, directories };
  return { stat: top, path: topPath, directories: top.isDirectory() ? directories : [] };
}

export function namesIn(directories: readonly ByteString[]): Set<ByteString> {
  const names = new Set<ByteString>();
  for (const path of directories) {
    for (const name of readdirSync(fsPath(path), { encoding: "buffer" })) names.add(fromBytes(name));
  }
  return names;
}

function statOf(path: ByteString): BigIntStats | undefined {
  try {
    return lstatSync(fsPath(path), { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (isGone(error)) return undefined;
    throw error;
  }
}

/** Whether the layers show a directory at a path; `lowers` are their roots, the topmost first. */
export function hasDirectory(lowers: readonly ByteString[], path: ByteString): boolean {
  let directories = lowers;
  for (const name of path.split("/")) {
    if (directories.length === 0) return false;
    directories = lookup(directories, name).directories;
  }
  return directories.length > 0;
}
