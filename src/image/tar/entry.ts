import type { ByteString } from "./bytes.ts";

export type TarType = "file" | "directory" | "symlink" | "link" | "char" | "block" | "fifo";

/** What a tar says of one file. Names are byte strings (see bytes.ts), never with a trailing slash. */
export interface TarHeader {
  readonly name: ByteString;
  readonly type: TarType;
  /** Permission bits with setuid, setgid and sticky: 0 to 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly uname?: ByteString;
  readonly gname?: ByteString;
  /** Bytes of content; 0 unless `type` is `file`. For a sparse file its full length, holes included. */
  readonly size: number;
  /** Nanoseconds since the epoch. */
  readonly mtime: bigint;
  /** Target of a symlink; name of the earlier entry for a hard link. */
  readonly linkname?: ByteString;
  readonly major?: number;
  readonly minor?: number;
  /** Extended attributes, e.g. `security.capability`. */
  readonly xattrs?: ReadonlyMap<ByteString, Uint8Array>;
}

/** A part of a sparse file that has data; everything between is zeros. */
export interface Segment {
  readonly offset: number;
  readonly length: number;
}
