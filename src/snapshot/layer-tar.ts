import { type BigIntStats, closeSync, constants, openSync, readlinkSync, readSync } from "node:fs";
import { codeOf, invalid } from "../core/index.ts";
import {
  type ByteString,
  encodeText,
  fromBytes,
  fsPath,
  show,
  type TarInput,
  toBytes,
  writeTar,
} from "../image/index.ts";
import { lgetxattr, llistxattr } from "../kernel/index.ts";
import { hasDirectory } from "./lower-view.ts";
import { isOpaque, isWhiteout, OPAQUE_MARKER, travels, WHITEOUT_PREFIX } from "./overlay-form.ts";
import { Breather, isGone, OpenDirectory, type WalkEntry, walk } from "./walk.ts";

/**
 * A directory in overlayfs form as a layer tar: sorted, times in whole seconds (as every other builder writes them),
 * no user names, so that the same content gives the same bytes. `lowers` are the directories it lies over, the topmost
 * first: what hides nothing of them is not said to. Sockets are left out: they mean nothing without
 * their process.
 */
export function layerTar(directory: string, lowers: readonly string[] = []): AsyncIterable<Uint8Array> {
  return writeTar(entriesOf(directory, lowers.map(encodeText)));
}

async function* entriesOf(path: string, lowers: readonly ByteString[]): AsyncGenerator<TarInput> {
  using root = OpenDirectory.root(path);
  const breather = new Breather();
  /** Where each inode with several names was first seen. */
  const seen = new Map<bigint, ByteString>();
  for (const entry of walk(root)) {
    await breather.step();
    yield* inputsFor(entry, seen, lowers);
  }
}

function* inputsFor(
  { directory, name, stat }: WalkEntry,
  seen: Map<bigint, ByteString>,
  lowers: readonly ByteString[],
): Generator<TarInput> {
  const path = directory.pathOf(name);
  if (isWhiteout(stat)) {
    yield { name: directory.pathOf(WHITEOUT_PREFIX + name), type: "file" };
    return;
  }
  if (name.startsWith(WHITEOUT_PREFIX)) {
    throw invalid(
      `${show(path)} cannot be kept in a layer: names that begin with .wh. are reserved for deletions`,
    );
  }
  const place = directory.at(name);
  const common = { name: path, ...metadataOf(place, stat) };
  if (stat.isDirectory()) {
    yield { ...common, type: "directory" };
    // With some options the kernel marks every new directory, whether it hides anything or not.
    if (isOpaque(toBytes(place)) && hasDirectory(lowers, path))
      yield { name: `${path}/${OPAQUE_MARKER}`, type: "file" };
    return;
  }
  if (stat.nlink > 1n) {
    const first = seen.get(stat.ino);
    if (first !== undefined) {
      const { xattrs: _, ...rest } = common;
      yield { ...rest, type: "link", linkname: first };
      return;
    }
  }
  const input = inputFor(place, stat, common);
  if (!input) return;
  if (stat.nlink > 1n) seen.set(stat.ino, path);
  yield input;
}

function inputFor(
  place: ByteString,
  stat: BigIntStats,
  common: Omit<TarInput, "type">,
): TarInput | undefined {
  if (stat.isFile()) {
    const size = Number(stat.size);
    return { ...common, type: "file", size, ...(size > 0 && { body: contentOf(place, size) }) };
  }
  if (stat.isSymbolicLink()) {
    const linkname = fromBytes(readlinkSync(fsPath(place), { encoding: "buffer" }));
    return { ...common, type: "symlink", linkname };
  }
  if (stat.isFIFO()) return { ...common, type: "fifo" };
  if (stat.isSocket()) return undefined;
  const { major, minor } = deviceNumbers(stat.rdev);
  return { ...common, type: stat.isBlockDevice() ? "block" : "char", major, minor };
}

function metadataOf(place: ByteString, stat: BigIntStats): Omit<TarInput, "name" | "type"> {
  const seconds = stat.mtimeNs / 1_000_000_000n - (stat.mtimeNs % 1_000_000_000n < 0n ? 1n : 0n);
  const xattrs = attributesOf(place);
  return {
    mode: Number(stat.mode) & 0o7777,
    uid: Number(stat.uid),
    gid: Number(stat.gid),
    mtime: seconds * 1_000_000_000n,
    ...(xattrs.size > 0 && { xattrs }),
  };
}

function attributesOf(place: ByteString): Map<ByteString, Uint8Array> {
  const found = new Map<ByteString, Uint8Array>();
  try {
    for (const name of llistxattr(toBytes(place))) {
      const value = travels(name) ? lgetxattr(toBytes(place), name) : undefined;
      if (value) found.set(name, value);
    }
  } catch (error) {
    if (!isGone(error)) throw error;
  }
  return found;
}

const PIECE = 1 << 20;

/**
 * Exactly `size` bytes of a file that may be changing: what it grew is left out, what it shrank is zeros, as GNU tar
 * does. Read in pieces without waiting, because most files are small.
 */
async function* contentOf(place: ByteString, size: number): AsyncGenerator<Uint8Array> {
  const fd = openForRead(place);
  try {
    for (let left = size; left > 0; ) {
      const piece = Buffer.allocUnsafe(Math.min(left, PIECE));
      const count = fd === undefined ? 0 : readSync(fd, piece, 0, piece.byteLength, size - left);
      yield count === 0 ? piece.fill(0) : piece.subarray(0, count);
      left -= count === 0 ? piece.byteLength : count;
    }
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

function openForRead(place: ByteString): number | undefined {
  try {
    // Not to wait for ever if a pipe took the file's place meanwhile.
    return openSync(fsPath(place), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (isGone(error) || codeOf(error) === "ENXIO") return undefined;
    throw error;
  }
}

/** Linux's dev_t taken apart (glibc's gnu_dev_major and gnu_dev_minor). */
function deviceNumbers(device: bigint): { major: number; minor: number } {
  return {
    major: Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n)),
    minor: Number((device & 0xffn) | ((device >> 12n) & 0xffffff00n)),
  };
}
