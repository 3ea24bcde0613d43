import type { Digest } from "../core/index.ts";

/**
 * Blobs by digest. A blob is visible only when it is whole and verified: it is written under a temporary name,
 * synced once, renamed, and never changed again. Anything under a temporary name is removed at start-up.
 */
export interface ContentStore {
  has(digest: Digest): boolean;
  /** Bytes. @throws notFound */
  size(digest: Digest): number;
  /** Absolute path of a whole blob, for readers and mounts. Never write to it. @throws notFound */
  path(digest: Digest): string;
  /** The whole blob in memory: for manifests and configs, which are small. @throws notFound */
  read(digest: Digest): Promise<Uint8Array>;
  /** The blob piece by piece, from byte `from` on. @throws notFound */
  stream(digest: Digest, from?: number): AsyncIterable<Uint8Array>;
  /**
   * Stores what `source` yields. With `expected`, a different digest or size is refused (`invalid`) and nothing stays.
   * Storing a blob that is already there is fine and keeps the old file; `isNew` tells. `claim` hears of the digest
   * before the blob is visible or found to be there: who keeps blobs from being removed does so then, not after.
   */
  ingest(
    source: AsyncIterable<Uint8Array> | Uint8Array,
    expected?: { digest?: Digest; size?: number; claim?: (digest: Digest) => void },
  ): Promise<{ digest: Digest; size: number; isNew: boolean }>;
  /**
   * For writers that make a file themselves: a fresh temporary path inside the store (same filesystem), to be
   * given to `adopt` or `discard`.
   */
  temporary(): string;
  /** Makes a finished temporary file the blob `digest`; the caller vouches for the digest. Syncs and renames. */
  adopt(temporary: string, digest: Digest): Promise<void>;
  discard(temporary: string): Promise<void>;
  /**
   * A blob that comes in pieces over a line that may break: what came is kept, and found again by the next call, even
   * in a later process. Only one at a time may have it open.
   */
  partial(digest: Digest): Promise<PartialBlob>;
  /** The same for a blob that comes once and in one go: nothing of it is kept when it does not come whole. */
  writer(digest: Digest): Promise<PartialBlob>;
  /** Removes what is left of downloads that nobody went on with for `age` milliseconds. Returns the bytes freed. */
  dropPartials(age: number): number;
  /** Out of sight at once (before the call returns); resolves when the disk is free again. Missing is fine. */
  delete(digest: Digest): Promise<void>;
  /** Every blob there is. */
  list(): Digest[];
}

/** See `ContentStore.partial`. */
export interface PartialBlob {
  /** Bytes that were there when it was opened. */
  readonly size: number;
  /** Those bytes. */
  kept(): AsyncIterable<Uint8Array>;
  /** Adds to the end. Pieces must come one after the other. */
  write(piece: Uint8Array): Promise<void>;
  /** Makes it the blob; the caller has verified the digest of all of it. Tells whether it was new. */
  commit(): Promise<boolean>;
  /** Deletes what came: it was wrong. */
  discard(): Promise<void>;
  /** Lets go of it without deleting anything. Fine after `commit` and `discard`. */
  close(): Promise<void>;
}
