import {
  chmodSync,
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
  rmSync,
  symlinkSync,
  writeSync,
} from "node:fs";
import { BerthError, codeOf, internal, invalid, messageOf, unavailable } from "../core/index.ts";
import { type ByteString, fsPath, readTar, show, type TarEntry, toBytes } from "../image/index.ts";
import { lsetxattr, lutimes, makedev, mknod } from "../kernel/index.ts";
import { DirectoryHandles } from "./directory-handles.ts";
import { diskUsage } from "./disk-usage.ts";
import { componentsOf, meaningOf } from "./entry-path.ts";
import { isWhiteout, setOpaque, travels } from "./overlay-form.ts";
import { Breather } from "./walk.ts";

const { O_WRONLY, O_CREAT, O_EXCL, O_NOFOLLOW } = constants;
const NODE_TYPES = { char: constants.S_IFCHR, block: constants.S_IFBLK, fifo: constants.S_IFIFO } as const;

/**
 * Unpacks a plain layer tar into the empty directory `root`, deletions in overlayfs form. Nothing outside of
 * `root` is read or written, whatever the archive says; a name that occurs twice counts the last time.
 * @returns bytes of all files and link targets, each inode once
 * @throws invalid naming the entry; unavailable when the disk is full
 */
export async function extractLayer(root: string, tar: AsyncIterable<Uint8Array>): Promise<number> {
  using extractor = new Extractor(root);
  const breather = new Breather();
  for await (const entry of readTar(tar)) {
    await breather.step();
    try {
      await extractor.add(entry);
    } catch (error) {
      throw explain(error, entry.name);
    }
  }
  return extractor.finish();
}

class Extractor implements Disposable {
  readonly #directories: DirectoryHandles;
  /** Directory times, set last because filling a directory changes them. */
  readonly #times = new Map<ByteString, bigint>();
  #bytes = 0;
  /** Something counted was removed again. */
  #miscounted = false;

  constructor(private readonly root: string) {
    this.#directories = new DirectoryHandles(root);
  }

  async add(entry: TarEntry): Promise<void> {
    const meaning = meaningOf(entry.name);
    switch (meaning.kind) {
      case "ignored":
        return;
      case "root":
        if (entry.type !== "directory") throw invalid("the root filesystem itself must be a directory");
        return this.#finishDirectory(entry, this.#directories.directory(""), "");
      case "opaque":
        return setOpaque(toBytes(this.#directories.directory(meaning.parent)));
      case "whiteout":
        return this.#hide(this.#directories.entry(meaning.parent, meaning.base));
      case "entry": {
        const { parent, base } = meaning;
        return this.#make(
          entry,
          this.#directories.entry(parent, base),
          parent === "" ? base : `${parent}/${base}`,
        );
      }
    }
  }

  async finish(): Promise<number> {
    for (const [path, mtime] of this.#times) {
      const place = this.#directories.existing(path, ".");
      if (place) lutimes(toBytes(place), mtime);
    }
    return this.#miscounted ? diskUsage(this.root) : this.#bytes;
  }

  [Symbol.dispose](): void {
    this.#directories[Symbol.dispose]();
  }

  /** Something of that name in the same layer stays, but what lies below it is hidden. */
  #hide(path: ByteString): void {
    const there = lstatSync(fsPath(path), { throwIfNoEntry: false });
    if (!there) mknod(toBytes(path), NODE_TYPES.char, makedev(0, 0));
    else if (there.isDirectory()) setOpaque(toBytes(path));
  }

  async #make(entry: TarEntry, path: ByteString, name: ByteString): Promise<void> {
    switch (entry.type) {
      case "directory": {
        const hidden = this.#clear(path, name, true);
        if (hidden !== "directory") mkdirSync(fsPath(path));
        if (hidden === "whiteout") setOpaque(toBytes(path));
        return this.#finishDirectory(entry, path, name);
      }
      case "file":
        return this.#write(entry, path, name);
      case "link":
        return this.#link(entry, path, name);
      case "symlink": {
        const target = entry.linkname ?? "";
        if (target === "" || target.includes("\0")) throw invalid("symbolic link without a target");
        this.#clear(path, name, false);
        symlinkSync(fsPath(target), fsPath(path));
        this.#bytes += target.length;
        break;
      }
      default:
        this.#clear(path, name, false);
        mknod(
          toBytes(path),
          NODE_TYPES[entry.type] | 0o600,
          entry.type === "fifo" ? 0 : makedev(entry.major ?? 0, entry.minor ?? 0),
        );
    }
    lchownSync(fsPath(path), entry.uid, entry.gid);
    if (entry.type !== "symlink") chmodSync(fsPath(path), entry.mode);
    this.#finishEntry(entry, path);
  }

  async #write(entry: TarEntry, path: ByteString, name: ByteString): Promise<void> {
    const fd = this.#create(path, name);
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
    this.#finishEntry(entry, path);
  }

  #create(path: ByteString, name: ByteString): number {
    const flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW;
    try {
      return openSync(fsPath(path), flags, 0o600);
    } catch (error) {
      if (codeOf(error) !== "EEXIST") throw error;
      this.#clear(path, name, false);
      return openSync(fsPath(path), flags, 0o600);
    }
  }

  #link(entry: TarEntry, path: ByteString, name: ByteString): void {
    const target = componentsOf(entry.linkname ?? "");
    const base = target.pop();
    if (base === undefined) throw invalid("hard link to the root filesystem itself");
    const existing = this.#directories.existing(target.join("/"), base);
    const there = existing && lstatSync(fsPath(existing), { throwIfNoEntry: false });
    if (!there || isWhiteout(there)) {
      throw invalid(`hard link to ${show(entry.linkname ?? "")}, which is not in the layer before it`);
    }
    if (there.isDirectory()) throw invalid(`hard link to the directory ${show(entry.linkname ?? "")}`);
    const old = lstatSync(fsPath(path), { throwIfNoEntry: false });
    if (old && old.ino === there.ino && old.dev === there.dev) return;
    this.#clear(path, name, false);
    linkSync(fsPath(existing), fsPath(path));
  }

  /** Removes what is in the way of a new entry; a directory stays where a directory is to come. */
  #clear(
    path: ByteString,
    name: ByteString,
    forDirectory: boolean,
  ): "nothing" | "directory" | "whiteout" | "other" {
    const there = lstatSync(fsPath(path), { throwIfNoEntry: false });
    if (!there) return "nothing";
    if (there.isDirectory() && forDirectory) return "directory";
    rmSync(fsPath(path), { recursive: true });
    this.#directories.forget();
    this.#miscounted = true;
    for (const known of this.#times.keys()) {
      if (known === name || known.startsWith(`${name}/`)) this.#times.delete(known);
    }
    return isWhiteout(there) ? "whiteout" : "other";
  }

  #finishDirectory(entry: TarEntry, path: ByteString, name: ByteString): void {
    lchownSync(fsPath(path), entry.uid, entry.gid);
    chmodSync(fsPath(path), entry.mode);
    this.#setAttributes(entry, path);
    this.#times.set(name, entry.mtime);
  }

  /** After the owner is set: chown(2) clears capabilities. */
  #finishEntry(entry: TarEntry, path: ByteString): void {
    this.#setAttributes(entry, path);
    lutimes(toBytes(path), entry.mtime);
  }

  #setAttributes(entry: TarEntry, path: ByteString): void {
    for (const [name, value] of entry.xattrs ?? []) {
      // user.* exists for files and directories only (xattr(7)).
      const possible = entry.type === "file" || entry.type === "directory";
      if (possible && travels(name)) lsetxattr(toBytes(path), name, value);
    }
  }
}

const FULL = new Set(["ENOSPC", "EDQUOT"]);
const BAD_ENTRY = new Set([
  "ENAMETOOLONG",
  "EINVAL",
  "ELOOP",
  "ENOTDIR",
  "EISDIR",
  "EFBIG",
  "EMLINK",
  "ERANGE",
  "E2BIG",
]);

function explain(error: unknown, name: ByteString): BerthError {
  const code = codeOf(error);
  const where = `layer entry ${show(name)}`;
  if (code && FULL.has(code)) return unavailable(`${where}: no space left to unpack it (${code})`, error);
  if (code && BAD_ENTRY.has(code)) return invalid(`${where} cannot be made: ${code}`, error);
  if (error instanceof BerthError && code === undefined) {
    const { message } = error;
    return message.includes(show(name))
      ? error
      : new BerthError(error.kind, `${where}: ${message}`, { cause: error });
  }
  return internal(`${where}: ${messageOf(error)}`, error);
}
