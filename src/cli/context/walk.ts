import { lstatSync, readdirSync, readlinkSync, type Stats } from "node:fs";
import { codeOf, type IgnoreMatcher, invalid } from "../../core/index.ts";
import { systemReason } from "../run-options/system-reason.ts";
import type { EntryType } from "./tar-header.ts";
import type { ContextEntry } from "./tar-stream.ts";

const SLASH = Buffer.from("/");

/**
 * Everything below `root` that `matcher` does not leave out, in the order of names. Paths in `always` come along in
 * any case. A directory that is left out comes along when something in it does. Sockets are skipped.
 * @throws invalid for a directory that cannot be read
 */
export function* walkContext(
  root: string,
  matcher: IgnoreMatcher,
  always: ReadonlySet<string>,
): Generator<ContextEntry> {
  yield* directory(Buffer.from(root), Buffer.alloc(0));

  function* directory(path: Buffer, name: Buffer): Generator<ContextEntry> {
    for (const child of children(path)) {
      const childPath = Buffer.concat([path, SLASH, child]);
      const childName = name.length === 0 ? child : Buffer.concat([name, SLASH, child]);
      const text = childName.toString();
      const left = matcher.excludes(text) && !always.has(text);
      const stats = statOf(childPath);
      if (!stats) continue;
      if (!stats.isDirectory()) {
        const entry = left ? undefined : entryOf(childPath, childName, stats);
        if (entry) yield entry;
        continue;
      }
      const mayHold = left && (matcher.couldReinclude(text) || holdsOneOf(text, always));
      if (left && !mayHold) continue;
      const self = entryOf(childPath, childName, stats);
      const inside = directory(childPath, childName);
      if (!left && self) {
        yield self;
        yield* inside;
        continue;
      }
      const first = inside.next();
      if (first.done) continue;
      if (self) yield self;
      yield first.value;
      yield* inside;
    }
  }
}

function holdsOneOf(directory: string, paths: ReadonlySet<string>): boolean {
  for (const path of paths) if (path.startsWith(`${directory}/`)) return true;
  return false;
}

function children(path: Buffer): Buffer[] {
  try {
    return readdirSync(path, { encoding: "buffer" }).sort(Buffer.compare);
  } catch (error) {
    throw invalid(`cannot read the directory ${path} of the build context: ${systemReason(error)}`, error);
  }
}

/** Undefined for a file that has gone meanwhile. */
function statOf(path: Buffer): Stats | undefined {
  try {
    return lstatSync(path);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return undefined;
    throw invalid(`cannot read ${path} of the build context: ${systemReason(error)}`, error);
  }
}

function entryOf(path: Buffer, name: Buffer, stats: Stats): ContextEntry | undefined {
  const type = typeOf(stats);
  if (type === undefined) return undefined;
  return {
    name,
    type,
    mode: stats.mode & 0o7777,
    mtime: stats.mtimeMs / 1000,
    size: type === "file" ? stats.size : 0,
    ...(type === "file" && { source: path }),
    ...(type === "symlink" && { link: readlinkSync(path, { encoding: "buffer" }) }),
    ...((type === "character" || type === "block") && { device: deviceNumbers(stats.rdev) }),
  };
}

/** Undefined for a socket, which no archive can hold. */
function typeOf(stats: Stats): EntryType | undefined {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "directory";
  if (stats.isSymbolicLink()) return "symlink";
  if (stats.isFIFO()) return "fifo";
  if (stats.isCharacterDevice()) return "character";
  return stats.isBlockDevice() ? "block" : undefined;
}

/** Major and minor number in glibc's 64-bit layout of dev_t. */
function deviceNumbers(device: number): { major: number; minor: number } {
  const wide = BigInt(device);
  const major = ((wide >> 32n) & 0xfffff000n) | ((wide >> 8n) & 0xfffn);
  const minor = ((wide >> 12n) & 0xffffff00n) | (wide & 0xffn);
  return { major: Number(major), minor: Number(minor) };
}
