import type { Digest } from "../../../core/index.ts";
import type { ByteString } from "../../../image/index.ts";

/** What a tree says of one of its entries. */
export interface TreeEntry {
  readonly type: "file" | "directory" | "symlink" | "char" | "block" | "fifo" | "socket";
  /** Permission bits with setuid, setgid and sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Bytes of a file's content. */
  readonly size: number;
  /** Nanoseconds since the epoch. */
  readonly mtime: bigint;
  readonly linkname?: ByteString;
  readonly major?: number;
  readonly minor?: number;
  readonly xattrs?: ReadonlyMap<ByteString, Uint8Array>;
  /** Entries of a tree that share this are hard links of one file. */
  readonly identity?: string;
  /** A directory that the archive does not name but has entries in. */
  readonly implied?: boolean;
}

/**
 * Files to copy from: the client's context, an archive, the filesystem of another stage. Paths are byte strings,
 * absolute, clean, and taken literally: no symbolic link is followed.
 */
export interface SourceTree {
  lookup(path: ByteString): TreeEntry | undefined;
  /** Names in a directory, sorted by their bytes. */
  names(path: ByteString): readonly ByteString[];
  /** A file's content without its holes, each piece with its place. */
  pieces(path: ByteString): AsyncIterable<{ offset: number; bytes: Uint8Array }>;
  /** Digest of a file's content. */
  digest(path: ByteString): Promise<Digest>;
}

export function joinPath(directory: ByteString, name: ByteString): ByteString {
  return directory === "/" ? `/${name}` : `${directory}/${name}`;
}

/** The last component; empty for the root. */
export function baseName(path: ByteString): ByteString {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Everything before the last component; the root's parent is the root. */
export function parentOf(path: ByteString): ByteString {
  const slash = path.lastIndexOf("/");
  return slash <= 0 ? "/" : path.slice(0, slash);
}

/**
 * True for extended attributes that a copy takes along. Others belong to the host's security or to overlayfs itself,
 * where an image has no business (`trusted.overlay.redirect` could show it other directories).
 */
export function mayCarry(attribute: string, type: TreeEntry["type"]): boolean {
  if (type !== "file" && type !== "directory") return false;
  return (
    attribute === "security.capability" || /^(?:user\.|system\.posix_acl_(?:access|default)$)/.test(attribute)
  );
}
