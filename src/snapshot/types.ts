import type { Digest } from "../core/index.ts";

/**
 * Layers, each known by the digest of its plain tar (its diffID), each independent of what lies below it.
 * A layer is visible only when it is whole. Whiteouts are kept in overlayfs form (character device 0/0,
 * `trusted.overlay.opaque`), so that a layer is an overlayfs lower directory as it stands.
 */
export interface LayerStore {
  has(diffId: Digest): boolean;
  /**
   * Makes a layer from its plain (uncompressed) tar, whose digest the caller has verified to be `diffId`. The file must
   * not be changed any more; it may be removed. Idempotent.
   */
  add(diffId: Digest, tarPath: string): Promise<void>;
  /**
   * Makes a layer from a directory that already holds it in overlayfs form (the upper directory of a finished build
   * step). The directory is moved, not copied; it must be on the same filesystem. Idempotent.
   */
  adopt(diffId: Digest, directory: string): Promise<void>;
  /** Directory to be used in `lowerdir=`, mounted where the layer is not unpacked. @throws notFound; unavailable when it is damaged */
  directory(diffId: Digest): string;
  /** A short absolute path of the same directory, for mounts of many layers. @throws as `directory` */
  link(diffId: Digest): string;
  /** Bytes of the layer's files and link targets, each file once: what Docker calls its size. @throws notFound */
  size(diffId: Digest): number;
  /** The same, for who may wait. @throws notFound */
  usage(diffId: Digest): Promise<number>;
  /** Its files are read out of the tar it was added with; false when they were copied out of that. @throws notFound */
  readsTar(diffId: Digest): boolean;
  /** Out of sight at once (before the call returns); resolves when the disk is free again. Missing is fine. */
  remove(diffId: Digest): Promise<void>;
  list(): Digest[];
  /** Unmounts all but these. They are mounted again when they are asked for; who stands on one keeps it alive. */
  unmountExcept(kept: Iterable<Digest>): void;
}

export interface LayerOptions {
  /**
   * What new layers become: `erofs` leaves a layer as its tar and mounts an index of it, `directory` unpacks it, `auto`
   * does the former where the kernel can. Layers that are there stay what they are.
   */
  readonly format?: "auto" | "erofs" | "directory";
}

/** One path that differs from the image: Kind 0 modified, 1 added, 2 deleted (Docker's numbers). */
export interface Change {
  readonly path: string;
  readonly kind: 0 | 1 | 2;
}

/**
 * Root filesystems: read-only layers under one read-write layer, joined by overlayfs. Keyed by container id (or a
 * build step's own id). Everything on disk below one key goes with `remove`.
 */
export interface Snapshots {
  /**
   * Makes the read-write layer over these layers (lowest first). No layers is fine (`FROM scratch`). Not mounted yet.
   * With `mountPoints`, what a container's own mounts need (/dev, /proc, /sys, /etc/hosts, ... and /.dockerenv) lies
   * below everything, so that making it never counts as a change.
   */
  create(key: string, diffIds: readonly Digest[], options?: { mountPoints?: boolean }): void;
  exists(key: string): boolean;
  /** Mounts (or finds mounted) and returns the root filesystem's path. Synchronous: one mount(2), well under a millisecond. */
  mount(key: string): string;
  /** Where `mount` mounts, mounted or not. */
  path(key: string): string;
  isMounted(key: string): boolean;
  unmount(key: string): void;
  /** The directory that holds what was written, in overlayfs form. */
  upper(key: string): string;
  /** Directories for `GraphDriver.Data`: LowerDir, UpperDir, WorkDir, MergedDir, as Docker's overlay2 shows them. */
  describe(key: string): { LowerDir: string; UpperDir: string; WorkDir: string; MergedDir: string };
  /** Every changed path, sorted, as `docker diff` shows it. */
  changes(key: string): Promise<Change[]>;
  /** The written files as an OCI layer tar, with AUFS whiteouts; the same content gives the same bytes. */
  layerTar(key: string): AsyncIterable<Uint8Array>;
  /** The whole root filesystem as a plain tar, as `docker export` gives it. Mounted while it is read, if it was not. */
  rootTar(key: string): AsyncIterable<Uint8Array>;
  /** Bytes written in the read-write layer. */
  usage(key: string): Promise<number>;
  /** Unmounts and deletes. Missing is fine. */
  remove(key: string): Promise<void>;
  /** Keys on disk, for clean-up at start. */
  list(): string[];
  /** Every layer that some read-write layer stands on: these must stay. */
  layersInUse(): Digest[];
  /** Every layer below a root filesystem that is mounted. */
  layersMounted(): Digest[];
}
