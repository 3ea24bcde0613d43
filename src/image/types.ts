import type { Digest, Platform, Reference } from "../core/index.ts";
import type {
  ImageDeleteItem,
  ImageHistoryItem,
  ImageInspect,
  ImagePruneReply,
  ImageRuntimeConfig,
  ImageSummary,
  OciImageConfig,
  ProgressMessage,
} from "../spec/index.ts";
import type { CheckOptions, StoreReport } from "./check.ts";
import type { ImageHold } from "./hold.ts";
import type { Intake } from "./intake.ts";
import type { Outgoing, OutgoingOptions } from "./outgoing.ts";

/** An image as the engine holds it. Its id is the digest of its configuration blob. */
export interface Image {
  readonly id: Digest;
  readonly config: OciImageConfig;
  /** Layers, lowest first, by diffID. */
  readonly layers: readonly Digest[];
}

/** What the image room needs of the layers; the snapshot room offers it. */
export interface LayerSink {
  has(diffId: Digest): boolean;
  add(diffId: Digest, tarPath: string): Promise<void>;
  /** Its files are read out of the tar it was added with; false when they were copied out of that. */
  readsTar(diffId: Digest): boolean;
  /** Out of sight before it returns. */
  remove(diffId: Digest): Promise<void>;
  /** Bytes of the layer's files, as Docker counts an image's size. */
  size(diffId: Digest): number;
  directory(diffId: Digest): string;
  list(): Digest[];
}

/** A container that uses an image, for refusals of `rmi`. */
export interface ImageUse {
  readonly containerId: string;
  readonly running: boolean;
}

export interface ImageListOptions {
  all?: boolean;
  /** Keys: dangling, label, before, since, reference, until. */
  filters?: ReadonlyMap<string, readonly string[]>;
  sharedSize?: boolean;
}

export interface CommitOptions {
  /** What the layer was written over. */
  readonly base: Image;
  /** What containers of the new image start with. */
  readonly config: ImageRuntimeConfig;
  /** The command that wrote the layer, for the history. */
  readonly createdBy: string;
  readonly author?: string;
  readonly comment?: string;
  /** Name for the image. */
  readonly reference?: string;
}

export interface ImportOptions {
  /** Name for the image. */
  reference?: string;
  /** Comment of its one history entry. */
  message?: string;
  /** Dockerfile lines: CMD, ENV, LABEL and the like. */
  changes?: readonly string[];
  /** `os/architecture[/variant]`; default: the host's. */
  platform?: string;
}

export type Progress = (message: ProgressMessage) => void;

export interface PruneOptions {
  /** Keys: dangling (default true; false is `prune -a`), label, label!, until. */
  readonly filters?: ReadonlyMap<string, readonly string[]>;
  /** Tells what would go, and leaves it. */
  readonly dryRun?: boolean;
}

/** What the images of the store take on disk. */
export interface ImageUsage {
  /** Layers that images stand on. */
  readonly layers: ReadonlySet<Digest>;
  /** Bytes of all files in them, each layer once. */
  readonly layersSize: number;
  readonly images: readonly ImageSummary[];
}

/**
 * Images, tags and their life. Names are resolved as Docker does: a full or short id (with or without `sha256:`),
 * `name`, `name:tag`, `name@digest`; an id prefix that fits several images is refused.
 */
export interface Images {
  /** @throws notFound `No such image: NAME:latest` */
  resolve(name: string, platform?: Platform): Image;
  /** Of a name that stands for several platforms, the image for the one given. */
  find(name: string, platform?: Platform): Image | undefined;
  get(id: Digest): Image | undefined;
  list(options?: ImageListOptions): ImageSummary[];
  inspect(name: string): ImageInspect;
  history(name: string): ImageHistoryItem[];
  /** Tags by which an image is known, e.g. `["debian:12"]`. */
  tagsOf(id: Digest): string[];
  tag(source: string, target: string): void;
  /** Docker's rules for untagging and deleting. @throws conflict while in use; notFound */
  remove(name: string, options?: { force?: boolean; noPrune?: boolean }): Promise<ImageDeleteItem[]>;
  /**
   * Records an image whose layers are all stored: writes the configuration blob, the row and the tags in one
   * transaction. `config.rootfs.diff_ids` must all be known. A tag that another image had moves here.
   */
  commit(config: OciImageConfig, options?: { tags?: readonly string[]; parent?: Digest }): Promise<Image>;
  /**
   * Stores a plain layer tar: hashes it, keeps the blob, makes the layer mountable. `size` is that of its files.
   * It stays until an image that is made with it goes, or until the next start if none is.
   */
  addLayer(tar: AsyncIterable<Uint8Array>): Promise<{ diffId: Digest; size: number }>;
  /** `docker load`: a docker-archive or OCI layout in a tar, gzip/zstd/plain; emits `Loaded image: x` lines. */
  load(
    archive: AsyncIterable<Uint8Array>,
    progress: Progress,
    options?: { platforms?: readonly string[] },
  ): Promise<void>;
  /** `docker save`: docker-archive and OCI layout in one tar, deterministic. Names are checked before the first byte. */
  save(names: readonly string[], options?: { platforms?: readonly string[] }): AsyncIterable<Uint8Array>;
  /**
   * `docker commit`: a layer tar over the layers of an image becomes an image, and that one its parent. A tar without
   * entries makes no layer. What fails leaves nothing behind.
   */
  commitLayer(tar: AsyncIterable<Uint8Array>, options: CommitOptions): Promise<Image>;
  /** `docker import`: a root filesystem tar becomes a one-layer image; `changes` are Dockerfile lines. Returns its id. */
  importTar(tar: AsyncIterable<Uint8Array>, options: ImportOptions): Promise<Digest>;
  /** `docker image prune`: images no container uses, untagged ones only unless `dangling=false`. */
  prune(options?: PruneOptions): Promise<ImagePruneReply>;
  /** Every image with its shared size and the number of its containers. */
  usage(): ImageUsage;
  /** Verifies everything that is kept; see `checkStore`. */
  check(options: CheckOptions): Promise<StoreReport>;
  /** For an operation that works with images for a while. */
  hold(): ImageHold;
  /** Begins to take in images from elsewhere. */
  intake(): Intake;
  /** Gathers what there is to send of a name. @throws notFound */
  outgoing(reference: Reference, options: OutgoingOptions): Promise<Outgoing>;
  /** The tags of a repository that are stored, sorted. */
  tagsIn(repository: Reference): Reference[];
  /** Tells the world of something that happened to an image: `action` and `name` as Docker's events have them. */
  announce(action: string, id: Digest, name?: string): void;
  /** Removes what was kept only for containers that are gone now: forcibly removed images, and layers nobody stands on. */
  collect(): Promise<void>;
}
