import {
  chmodSync,
  chownSync,
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  ftruncateSync,
  lchownSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import { codeOf, invalid } from "../core/index.ts";
import { type ByteString, fromBytes, fsPath, show, type TarEntry, toBytes } from "../image/index.ts";
import { lsetxattr, lutimes, makedev, mknod, openInRoot } from "../kernel/index.ts";
import { diskUsage } from "./disk-usage.ts";
import type { Attributes, DirectoryHandle, LayerTree, Occupant } from "./layer-tree.ts";
import { isWhiteout, setOpaque } from "./overlay-form.ts";
import { OpenDirectory, walk } from "./walk.ts";

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW, O_DIRECTORY } = constants;
const O_PATH = 0o10000000;
const NODE_TYPES = { char: constants.S_IFCHR, block: constants.S_IFBLK, fifo: constants.S_IFIFO } as const;

/**
 * A tree that is made of real files below a directory. The kernel resolves each path with that directory as `/`
 * (openat2); then a single name below the open directory is used.
 */
export class DirectoryTree implements LayerTree {
  /** Directory times by real path, set last because filling a directory changes them. */
  readonly #times = new Map<ByteString, bigint>([["", 0n]]);
  /** Real paths of open directories. */
  readonly #paths = new Map<DirectoryHandle, ByteString>();
  readonly #root: ByteString;
  #bytes = 0;
  /** Something counted was removed again. */
  #miscounted = false;

  constructor(private readonly path: string) {
    const fd = openInRoot(path, ".", O_PATH | O_DIRECTORY);
    this.#root = realPath(fd);
    closeSync(fd);
  }

  find(path: ByteString): DirectoryHandle | undefined {
    try {
      return openInRoot(this.path, toBytes(path === "" ? "." : path), O_PATH | O_DIRECTORY);
    } catch (error) {
      const code = codeOf(error);
      if (code === "ENOENT" || code === "ENOTDIR") return undefined;
      if (code === "ELOOP") throw invalid(`layer entry in ${show(path)}: links in a circle`, error);
      if (code === "ENAMETOOLONG") throw invalid(`layer entry in ${show(path)}: name too long`, error);
      throw error;
    }
  }

  release(directory: DirectoryHandle): void {
    this.#paths.delete(directory);
    closeSync(directory);
  }

  occupant(directory: DirectoryHandle, base: ByteString): Occupant {
    const there = lstatSync(fsPath(at(directory, base)), { throwIfNoEntry: false });
    if (!there) return "nothing";
    if (there.isDirectory()) return "directory";
    return isWhiteout(there) ? "whiteout" : "other";
  }

  remove(directory: DirectoryHandle, base: ByteString): void {
    const place = at(directory, base);
    if (lstatSync(fsPath(place)).isDirectory()) this.#forgetTimes(directory, base);
    rmSync(fsPath(place), { recursive: true });
    this.#miscounted = true;
  }

  makeDirectory(directory: DirectoryHandle, base: ByteString, mtime: bigint): void {
    const path = fsPath(at(directory, base));
    mkdirSync(path);
    chownSync(path, 0, 0);
    chmodSync(path, 0o755);
    this.#times.set(this.#realPath(directory, base), mtime);
  }

  makeWhiteout(directory: DirectoryHandle, base: ByteString): void {
    const place = at(directory, base);
    mknod(toBytes(place), NODE_TYPES.char, makedev(0, 0));
    // A directory with setgid gives its group to what is made in it.
    lchownSync(fsPath(place), 0, 0);
  }

  async makeFile(
    directory: DirectoryHandle,
    base: ByteString,
    entry: TarEntry,
    attributes: Attributes,
  ): Promise<void> {
    const place = at(directory, base);
    const fd = openSync(fsPath(place), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
    try {
      let end = 0;
      for await (const { offset, bytes } of entry.pieces()) {
        end = offset + bytes.byteLength;
        for (let done = 0; done < bytes.byteLength; ) {
          done += writeSync(fd, bytes, done, bytes.byteLength - done, offset + done);
        }
      }
      if (end < entry.size) ftruncateSync(fd, entry.size);
      fchownSync(fd, entry.uid, entry.gid);
      fchmodSync(fd, entry.mode);
    } finally {
      closeSync(fd);
    }
    this.#bytes += entry.size;
    // After the owner is set: chown(2) clears capabilities.
    setAttributes(place, attributes);
    lutimes(toBytes(place), entry.mtime);
  }

  makeSymlink(directory: DirectoryHandle, base: ByteString, entry: TarEntry): void {
    const place = at(directory, base);
    const target = entry.linkname ?? "";
    symlinkSync(fsPath(target), fsPath(place));
    this.#bytes += target.length;
    lchownSync(fsPath(place), entry.uid, entry.gid);
    lutimes(toBytes(place), entry.mtime);
  }

  makeNode(directory: DirectoryHandle, base: ByteString, entry: TarEntry): void {
    const place = at(directory, base);
    const type = entry.type as keyof typeof NODE_TYPES;
    const device = type === "fifo" ? 0 : makedev(entry.major ?? 0, entry.minor ?? 0);
    mknod(toBytes(place), NODE_TYPES[type] | 0o600, device);
    lchownSync(fsPath(place), entry.uid, entry.gid);
    chmodSync(fsPath(place), entry.mode);
    lutimes(toBytes(place), entry.mtime);
  }

  link(
    directory: DirectoryHandle,
    base: ByteString,
    target: { directory: DirectoryHandle; base: ByteString },
  ): boolean {
    const [from, to] = [fsPath(at(target.directory, target.base)), fsPath(at(directory, base))];
    const there = lstatSync(from);
    const old = lstatSync(to, { throwIfNoEntry: false });
    if (old && old.ino === there.ino && old.dev === there.dev) return true;
    if (old) this.remove(directory, base);
    try {
      linkSync(from, to);
      return true;
    } catch (error) {
      if (codeOf(error) === "ENOENT") return false;
      throw error;
    }
  }

  setDirectory(directory: DirectoryHandle, base: ByteString, entry: TarEntry, attributes: Attributes): void {
    const place = at(directory, base);
    lchownSync(fsPath(place), entry.uid, entry.gid);
    chmodSync(fsPath(place), entry.mode);
    setAttributes(place, attributes);
    this.#times.set(this.#realPath(directory, base), entry.mtime);
  }

  setOpaque(directory: DirectoryHandle, base: ByteString): void {
    setOpaque(toBytes(at(directory, base)));
  }

  /** Sets what had to wait. @returns bytes of all files and link targets, each inode once */
  async finish(): Promise<number> {
    for (const [path, mtime] of this.#times) {
      const directory = this.find(path);
      if (directory === undefined) continue;
      lutimes(toBytes(at(directory, ".")), mtime);
      closeSync(directory);
    }
    return this.#miscounted ? diskUsage(this.path) : this.#bytes;
  }

  #realPath(directory: DirectoryHandle, base: ByteString): ByteString {
    let path = this.#paths.get(directory);
    if (path === undefined) {
      path = realPath(directory).slice(this.#root.length + 1);
      this.#paths.set(directory, path);
    }
    if (base === ".") return path;
    return path === "" ? base : `${path}/${base}`;
  }

  #forgetTimes(directory: DirectoryHandle, base: ByteString): void {
    this.#times.delete(this.#realPath(directory, base));
    using top = OpenDirectory.root(fsPath(at(directory, base)));
    for (const { directory: parent, name, stat } of walk(top)) {
      if (stat.isDirectory()) this.#times.delete(this.#realPath(directory, `${base}/${parent.pathOf(name)}`));
    }
  }
}

/** What to hand to system calls that do not follow links. */
function at(directory: DirectoryHandle, base: ByteString): ByteString {
  return `/proc/self/fd/${directory}/${base}`;
}

function realPath(fd: number): ByteString {
  return fromBytes(readlinkSync(`/proc/self/fd/${fd}`, { encoding: "buffer" }));
}

function setAttributes(place: ByteString, attributes: Attributes): void {
  for (const [name, value] of attributes) lsetxattr(toBytes(place), toBytes(name), value);
}
