import {
  chmodSync,
  closeSync,
  constants,
  ftruncateSync,
  lchownSync,
  linkSync,
  mkdirSync,
  openSync,
  rmSync,
  symlinkSync,
  unlinkSync,
  writeSync,
} from "node:fs";
import { invalid } from "../../../core/index.ts";
import { type ByteString, encodeText, fsPath, show, toBytes } from "../../../image/index.ts";
import { lsetxattr, lutimes, makedev, mknod } from "../../../kernel/index.ts";
import { RootTree } from "../tree/root-tree.ts";
import { joinPath, mayCarry, parentOf, type TreeEntry } from "../tree/tree.ts";

export interface Ids {
  readonly uid: number;
  readonly gid: number;
}

const MOST_LINKS = 40;
const NODES: Partial<Record<TreeEntry["type"], number>> = {
  char: constants.S_IFCHR,
  block: constants.S_IFBLK,
  fifo: constants.S_IFIFO,
  socket: constants.S_IFSOCK,
};

/**
 * Writes into a mounted root filesystem in which nothing runs. Every path is first made literal: links of the image
 * are followed here, as if its root were `/`, and never by the host's kernel, so no image can lead a write outside.
 */
export class RootWriter {
  readonly #root: ByteString;
  readonly tree: RootTree;

  constructor(root: string) {
    this.#root = encodeText(root);
    this.tree = new RootTree(root);
  }

  /** The literal path behind `path`; what does not exist yet is taken as written. @throws invalid on a loop */
  resolve(path: ByteString): ByteString {
    return this.#walk(path, (missing) => missing);
  }

  /**
   * Makes a directory and those above it where they are missing, as `ids` with `mode`, and returns its literal path.
   * @throws invalid where something else is in the way
   */
  ensureDirectory(path: ByteString, ids: Ids, mode: number): ByteString {
    const made = this.#walk(path, (missing) => {
      this.makeDirectory(missing);
      this.setMetadata(missing, { type: "directory", mode, ...ids });
      return missing;
    });
    if (this.tree.kind(made) !== "directory") throw notDirectory(made);
    return made;
  }

  #walk(path: ByteString, missing: (literal: ByteString) => ByteString): ByteString {
    const waiting = path.split("/").reverse();
    let at: ByteString = "/";
    let links = 0;
    for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
      if (name === "" || name === ".") continue;
      if (name === "..") {
        at = parentOf(at);
        continue;
      }
      const next = joinPath(at, name);
      const kind = this.tree.kind(next);
      if (kind === "symlink") {
        if (++links > MOST_LINKS) throw invalid(`${show(path)}: too many levels of symbolic links`);
        const target = this.tree.link(next);
        if (target.startsWith("/")) at = "/";
        waiting.push(...target.split("/").reverse());
      } else if (!kind) at = missing(next);
      else if (kind === "directory" || waiting.every((rest) => rest === "")) at = next;
      else throw notDirectory(next);
    }
    return at;
  }

  makeDirectory(path: ByteString): void {
    mkdirSync(this.#host(path), 0o755);
  }

  /** A new file with this content; nothing may be at `path`. */
  async writeFile(
    path: ByteString,
    pieces: AsyncIterable<{ offset: number; bytes: Uint8Array }>,
    size: number,
  ): Promise<void> {
    const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
    const file = openSync(this.#host(path), flags, 0o600);
    try {
      let end = 0;
      for await (const { offset, bytes } of pieces) {
        for (let done = 0; done < bytes.byteLength; ) {
          done += writeSync(file, bytes, done, bytes.byteLength - done, offset + done);
        }
        end = offset + bytes.byteLength;
      }
      if (end < size) ftruncateSync(file, size);
    } finally {
      closeSync(file);
    }
  }

  makeSymlink(path: ByteString, target: ByteString): void {
    symlinkSync(fsPath(target), this.#host(path));
  }

  makeLink(path: ByteString, existing: ByteString): void {
    linkSync(this.#host(existing), this.#host(path));
  }

  /** A device, fifo or socket. */
  makeNode(path: ByteString, { type, major = 0, minor = 0 }: TreeEntry): void {
    const device = type === "char" || type === "block" ? makedev(major, minor) : 0;
    mknod(this.#bytes(path), (NODES[type] ?? 0) | 0o600, device);
  }

  unlink(path: ByteString): void {
    unlinkSync(this.#host(path));
  }

  /** Removes whatever is at `path`, with everything below; links are removed, not followed. */
  removeAll(path: ByteString): void {
    rmSync(this.#host(path), { recursive: true, force: true });
  }

  /** Owner before permissions: a change of owner clears setuid and file capabilities. */
  setMetadata(
    path: ByteString,
    metadata: Ids & Pick<TreeEntry, "type" | "mode" | "xattrs"> & { mtime?: bigint },
  ): void {
    const host = this.#host(path);
    lchownSync(host, metadata.uid, metadata.gid);
    if (metadata.type !== "symlink") {
      chmodSync(host, metadata.mode);
      for (const [name, value] of metadata.xattrs ?? []) {
        if (mayCarry(name, metadata.type)) lsetxattr(this.#bytes(path), name, value);
      }
    }
    if (metadata.mtime !== undefined) this.setTime(path, metadata.mtime);
  }

  setTime(path: ByteString, mtime: bigint): void {
    lutimes(this.#bytes(path), mtime);
  }

  #bytes(path: ByteString): Buffer {
    return toBytes(path === "/" ? this.#root : this.#root + path);
  }

  #host(path: ByteString): string | Buffer {
    return fsPath(path === "/" ? this.#root : this.#root + path);
  }
}

function notDirectory(path: ByteString) {
  return invalid(`mkdir ${show(path)}: not a directory`);
}
