import { type BigIntStats, constants, lstatSync, readdirSync, readlinkSync } from "node:fs";
import { open } from "node:fs/promises";
import { codeOf, type Digest, Digester } from "../../../core/index.ts";
import { type ByteString, encodeText, fromBytes, fsPath, toBytes } from "../../../image/index.ts";
import { lgetxattr, llistxattr } from "../../../kernel/index.ts";
import { mayCarry, type SourceTree, type TreeEntry } from "./tree.ts";

const READ_SIZE = 1 << 20;

const TYPES: Readonly<Record<number, TreeEntry["type"]>> = {
  [constants.S_IFREG]: "file",
  [constants.S_IFDIR]: "directory",
  [constants.S_IFLNK]: "symlink",
  [constants.S_IFCHR]: "char",
  [constants.S_IFBLK]: "block",
  [constants.S_IFIFO]: "fifo",
  [constants.S_IFSOCK]: "socket",
};

/**
 * The mounted filesystem of a stage. Nothing runs in it while it is read, and paths come resolved inside it, so no
 * component of them is a link.
 */
export class RootTree implements SourceTree {
  readonly #root: ByteString;

  constructor(root: string) {
    this.#root = encodeText(root);
  }

  lookup(path: ByteString): TreeEntry | undefined {
    const host = this.#host(path);
    const stat = statOf(host);
    const type = stat && TYPES[Number(stat.mode) & constants.S_IFMT];
    if (!stat || type === undefined) return undefined;
    const xattrs = attributes(host, type);
    return {
      type,
      mode: Number(stat.mode) & 0o7777,
      uid: Number(stat.uid),
      gid: Number(stat.gid),
      size: Number(stat.size),
      mtime: stat.mtimeNs,
      ...(type === "symlink" && { linkname: linkOf(host) }),
      ...((type === "char" || type === "block") && deviceNumbers(stat.rdev)),
      ...(xattrs && { xattrs }),
      ...(type !== "directory" && stat.nlink > 1n && { identity: `${stat.dev}:${stat.ino}` }),
    };
  }

  /** What is at a path, and no more: for those who write and ask this for every file. */
  kind(path: ByteString): TreeEntry["type"] | undefined {
    const stat = statOf(this.#host(path));
    return stat && TYPES[Number(stat.mode) & constants.S_IFMT];
  }

  /** Target of a symbolic link. */
  link(path: ByteString): ByteString {
    return linkOf(this.#host(path));
  }

  names(path: ByteString): readonly ByteString[] {
    return readdirSync(fsPath(this.#host(path)), { encoding: "buffer" })
      .map((name) => fromBytes(name))
      .sort();
  }

  async *pieces(path: ByteString): AsyncGenerator<{ offset: number; bytes: Uint8Array }, void, void> {
    const file = await open(fsPath(this.#host(path)), constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      for (let offset = 0; ; ) {
        const piece = new Uint8Array(READ_SIZE);
        const { bytesRead } = await file.read(piece, 0, piece.byteLength, offset);
        if (bytesRead === 0) return;
        yield { offset, bytes: piece.subarray(0, bytesRead) };
        offset += bytesRead;
      }
    } finally {
      await file.close();
    }
  }

  async digest(path: ByteString): Promise<Digest> {
    const digester = new Digester();
    for await (const { bytes } of this.pieces(path)) digester.update(bytes);
    return digester.digest();
  }

  #host(path: ByteString): ByteString {
    return path === "/" ? this.#root : this.#root + path;
  }
}

function linkOf(host: ByteString): ByteString {
  return fromBytes(readlinkSync(fsPath(host), { encoding: "buffer" }));
}

function statOf(host: ByteString): BigIntStats | undefined {
  try {
    return lstatSync(fsPath(host), { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOTDIR" || code === "ENAMETOOLONG") return undefined;
    throw error;
  }
}

function attributes(host: ByteString, type: TreeEntry["type"]): Map<ByteString, Uint8Array> | undefined {
  const path = toBytes(host);
  const names = llistxattr(path).filter((name) => mayCarry(name, type));
  if (names.length === 0) return undefined;
  const found = new Map<ByteString, Uint8Array>();
  for (const name of names) {
    const value = lgetxattr(path, name);
    if (value) found.set(name, value);
  }
  return found;
}

/** glibc's gnu_dev_major and gnu_dev_minor. */
function deviceNumbers(device: bigint): { major: number; minor: number } {
  return {
    major: Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & 0xfffff000n)),
    minor: Number((device & 0xffn) | ((device >> 12n) & 0xffffff00n)),
  };
}
