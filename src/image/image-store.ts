import type { ContentStore } from "../content/index.ts";
import {
  type Digest,
  digestOf,
  type EngineEvent,
  familiar,
  invalid,
  type Platform,
  parsePlatform,
  parseReference,
  type Reference,
  withDefaultTag,
} from "../core/index.ts";
import type {
  ImageDeleteItem,
  ImageHistoryItem,
  ImageInspect,
  ImagePruneReply,
  ImageRuntimeConfig,
  ImageSummary,
  OciImageConfig,
} from "../spec/index.ts";
import type { ManifestPart, ManifestRow, State } from "../state/index.ts";
import { Catalog } from "./catalog.ts";
import { type CheckOptions, checkStore, type StoreReport } from "./check.ts";
import { commitLayer } from "./commit.ts";
import { ImageHold } from "./hold.ts";
import { importImage } from "./import.ts";
import { Intake } from "./intake.ts";
import { type Lease, Leases } from "./leases.ts";
import { imageHistory, inspectImage, listImages, type Sources } from "./listing.ts";
import { loadArchive } from "./load.ts";
import { type Outgoing, type OutgoingOptions, outgoing } from "./outgoing.ts";
import { pruneImages } from "./prune.ts";
import { recoverImages } from "./recovery.ts";
import { removeImage } from "./removal.ts";
import { saveImages } from "./save.ts";
import { StoredLayers } from "./stored-layers.ts";
import type {
  CommitOptions,
  Image,
  ImageListOptions,
  Images,
  ImageUsage,
  ImageUse,
  ImportOptions,
  LayerSink,
  Progress,
  PruneOptions,
} from "./types.ts";

export interface ImageOptions {
  readonly state: State;
  readonly content: ContentStore;
  readonly layers: LayerSink;
  /** Containers that use an image. */
  readonly uses: (imageId: Digest) => readonly ImageUse[];
  /** Applies Dockerfile lines (`CMD ["sh"]`) to a configuration. @throws invalid */
  readonly applyChanges: (config: ImageRuntimeConfig, lines: readonly string[]) => ImageRuntimeConfig;
  readonly publish: (event: Omit<EngineEvent, "timeNano">) => void;
  readonly log: (message: string) => void;
  /** Do not keep the compressed form of layers. */
  readonly lean?: boolean;
}

/** An image to be recorded; `bytes` is its configuration as it is to be kept. */
export interface Recordable {
  readonly bytes: Uint8Array;
  readonly config: OciImageConfig;
  readonly parent: Digest | null;
  readonly references: readonly Reference[];
  /** What the names stand for at a registry. */
  readonly target?: Digest;
  /** The manifest that describes it there; its layers' blobs are stored. */
  readonly manifest?: RecordableManifest;
}

/** A manifest or index whose bytes are to be kept. */
export interface RecordableManifest {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
  readonly parts: readonly ManifestPart[];
}

export interface RecordOptions {
  readonly indexes?: readonly RecordableManifest[];
  /** Small blobs that those refer to. */
  readonly documents?: readonly Uint8Array[];
  /** Hears of each name that another image had. */
  readonly moved?: (name: string, old: Digest) => void;
}

/** Blobs of layers that are remembered without a row. */
const MOST_SEEN = 10_000;

/** Opens the image room, removes what an interrupted process left half-made, and makes lost layers again. */
export async function openImages(options: ImageOptions): Promise<Images> {
  const store = new ImageStore(options);
  await recoverImages({ ...options, layers: store.layers, leases: store.leases });
  return store;
}

/** See `Images`. What only this room uses is public for its own files. */
export class ImageStore implements Images {
  readonly content: ContentStore;
  readonly catalog: Catalog;
  readonly layers: StoredLayers;
  readonly leases: Leases;
  readonly applyChanges: ImageOptions["applyChanges"];
  readonly #options: ImageOptions;
  readonly #sources: Sources;
  /** Layers added for an image that is not made yet. */
  readonly #fresh = new Set<Digest>();
  /** Blobs of layers that are being fetched. */
  readonly arriving = new Map<Digest, Promise<void>>();
  /** Plain digests of blobs that came, true for ever: for images that share layers and are not recorded yet. */
  readonly #seenIn = new Map<Digest, Digest>();
  readonly lean: boolean;

  constructor(options: ImageOptions) {
    this.#options = options;
    this.content = options.content;
    this.applyChanges = options.applyChanges;
    this.lean = options.lean ?? false;
    this.catalog = new Catalog(options.state, options.content, options.log);
    this.layers = new StoredLayers(options.content, options.layers);
    this.#sources = { catalog: this.catalog, layers: this.layers, uses: options.uses };
    this.leases = new Leases({
      isNeeded: (digest) => this.isNeeded(digest),
      remove: (digest) => this.layers.remove(digest),
    });
  }

  resolve(name: string, platform?: Platform): Image {
    return this.catalog.resolve(name, platform).image;
  }

  find(name: string, platform?: Platform): Image | undefined {
    return this.catalog.find(name, platform)?.image;
  }

  get(id: Digest): Image | undefined {
    return this.catalog.get(id)?.image;
  }

  list(options: ImageListOptions = {}): ImageSummary[] {
    return listImages(this.#sources, options);
  }

  inspect(name: string): ImageInspect {
    return inspectImage(this.#sources, this.catalog.resolve(name));
  }

  history(name: string): ImageHistoryItem[] {
    return imageHistory(this.#sources, this.catalog.resolve(name));
  }

  tagsOf(id: Digest): string[] {
    return this.catalog.tagsOf(id);
  }

  tag(source: string, target: string): void {
    const { image } = this.catalog.resolve(source);
    const reference = withDefaultTag(parseReference(target));
    if (reference.digest) throw invalid("refusing to create a tag with a digest reference");
    const { target: known } = this.catalog.nameOf(source) ?? {};
    this.catalog.change(() => this.catalog.tag(reference, image.id, known ?? null));
    this.announce("tag", image.id, familiar(reference));
  }

  async remove(
    name: string,
    options: { force?: boolean; noPrune?: boolean } = {},
  ): Promise<ImageDeleteItem[]> {
    const { items, events } = this.catalog.change(() =>
      removeImage(this.catalog, this.#options.uses, name, options),
    );
    for (const { action, entry } of events) this.#publish(action, entry.image);
    await this.sweep();
    return items;
  }

  async prune(options: PruneOptions = {}): Promise<ImagePruneReply> {
    const { events, ...reply } = pruneImages(this, this.#options.uses, options);
    if (options.dryRun) return reply;
    for (const { action, entry } of events) this.#publish(action, entry.image);
    reply.SpaceReclaimed += this.content.dropPartials(0);
    await this.sweep();
    const attributes = { reclaimed: String(reply.SpaceReclaimed) };
    this.#options.publish({ type: "image", action: "prune", id: "", attributes });
    return reply;
  }

  usage(): ImageUsage {
    const entries = [...this.catalog.entries(), ...this.catalog.orphans()];
    const layers = new Set(entries.flatMap(({ image }) => image.layers));
    return {
      layers,
      layersSize: [...layers].reduce((sum, diffId) => sum + this.layers.size(diffId), 0),
      images: this.list({ sharedSize: true }),
    };
  }

  check(options: CheckOptions): Promise<StoreReport> {
    return checkStore(this, this.#options.state, options);
  }

  tagsIn(repository: Reference): Reference[] {
    return this.catalog.inRepository(repository).filter(({ digest }) => !digest);
  }

  async commit(
    config: OciImageConfig,
    options: { tags?: readonly string[]; parent?: Digest } = {},
  ): Promise<Image> {
    const references = (options.tags ?? []).map((tag) => withDefaultTag(parseReference(tag)));
    await using lease = this.leases.open();
    const bytes = Buffer.from(JSON.stringify(config));
    const isNew = this.get(digestOf(bytes)) === undefined;
    const parent = options.parent ?? null;
    const [image] = (await this.record([{ bytes, config, parent, references }], lease)) as [Image];
    if (isNew) this.announce("create", image.id);
    for (const reference of references) this.announce("tag", image.id, familiar(reference));
    return image;
  }

  async addLayer(tar: AsyncIterable<Uint8Array>): Promise<{ diffId: Digest; size: number }> {
    await using lease = this.leases.open();
    const { digest: diffId } = await this.layers.storeTar(tar, lease);
    await this.layers.unpack(diffId, lease);
    const size = this.layers.size(diffId);
    this.#options.state.images.putLayer(diffId, size);
    this.#fresh.add(diffId);
    return { diffId, size };
  }

  load(
    archive: AsyncIterable<Uint8Array>,
    progress: Progress,
    { platforms = [] }: { platforms?: readonly string[] } = {},
  ): Promise<void> {
    return loadArchive(this, archive, progress, platforms.map(parsePlatform));
  }

  save(
    names: readonly string[],
    { platforms = [] }: { platforms?: readonly string[] } = {},
  ): AsyncIterable<Uint8Array> {
    return saveImages(this, names, platforms.map(parsePlatform));
  }

  commitLayer(tar: AsyncIterable<Uint8Array>, options: CommitOptions): Promise<Image> {
    return commitLayer(this, tar, options);
  }

  importTar(tar: AsyncIterable<Uint8Array>, options: ImportOptions): Promise<Digest> {
    return importImage(this, tar, options);
  }

  async collect(): Promise<void> {
    const gone = this.catalog
      .orphans()
      .map(({ image }) => image.id)
      .filter((id) => this.#options.uses(id).length === 0);
    this.catalog.change(() => {
      for (const id of gone) this.catalog.remove(id);
    });
    await this.sweep();
  }

  /**
   * Writes the blobs of configurations and manifests, then all rows and names in one transaction. Layers that are not
   * stored are refused.
   * @throws invalid
   */
  async record(
    images: readonly Recordable[],
    lease: Lease,
    { indexes = [], documents = [], moved = () => {} }: RecordOptions = {},
  ): Promise<Image[]> {
    for (const { config } of images) {
      for (const diffId of config.rootfs.diff_ids) {
        if (!this.layers.has(diffId)) throw invalid(`layer ${diffId} is not stored`);
        lease.hold(diffId);
      }
    }
    const manifests = [...images.flatMap(({ manifest }) => manifest ?? []), ...indexes];
    for (const bytes of [...[...images, ...manifests].map((document) => document.bytes), ...documents]) {
      await this.#keep(bytes, lease);
    }
    const recorded = this.catalog.change(() => {
      for (const { bytes: _, ...row } of indexes) this.catalog.addManifest({ ...row, imageId: null });
      const made = images.map(({ bytes, config, parent, references, target, manifest }) => {
        const image: Image = { id: digestOf(bytes), config, layers: config.rootfs.diff_ids };
        for (const diffId of image.layers) {
          this.#options.state.images.putLayer(diffId, this.layers.size(diffId));
          this.#fresh.delete(diffId);
        }
        for (const reference of references) {
          const old = this.catalog.owner(reference);
          if (old && old !== image.id) moved(familiar(reference), old);
        }
        this.catalog.add({ image, parent, references, ...(target && { target }) });
        if (manifest) {
          const { bytes: _, ...row } = manifest;
          this.catalog.addManifest({ ...row, imageId: image.id });
        }
        return image;
      });
      this.catalog.dropUnnamedIndexes();
      return made;
    });
    await this.sweep();
    return recorded;
  }

  async #keep(bytes: Uint8Array, lease: Lease): Promise<void> {
    const claim = (digest: Digest) => lease.hold(digest);
    const { digest, isNew } = await this.content.ingest(bytes, { claim });
    if (isNew) lease.made(digest);
  }

  /** Keeps a manifest of an image; of one that was removed meanwhile only as long as the lease lasts. */
  async recordManifest(
    row: ManifestRow & { imageId: Digest },
    bytes: Uint8Array,
    lease: Lease,
  ): Promise<void> {
    await this.#keep(bytes, lease);
    if (this.catalog.get(row.imageId)) this.catalog.change(() => this.catalog.addManifest(row));
  }

  /** See `ArrivalStores`. */
  isLayerBlob(digest: Digest, diffId: Digest): boolean {
    return this.#seenIn.get(digest) === diffId || this.#options.state.manifests.hasLayer(digest, diffId);
  }

  noteLayerBlob(digest: Digest, diffId: Digest): void {
    if (this.#seenIn.size >= MOST_SEEN) this.#seenIn.clear();
    this.#seenIn.set(digest, diffId);
  }

  hold(): ImageHold {
    return new ImageHold(this.leases);
  }

  intake(): Intake {
    return new Intake(this);
  }

  outgoing(reference: Reference, options: OutgoingOptions): Promise<Outgoing> {
    return outgoing(this, reference, options);
  }

  /** Tells of something that happened to an image; Docker names the image by its id except when it was tagged. */
  announce(action: string, id: Digest, name: string = id): void {
    const entry = this.catalog.get(id);
    if (entry) this.#publish(action, entry.image, name);
  }

  #publish(action: string, { id, config }: Image, name: string = id): void {
    const attributes = { ...config.config?.Labels, name };
    this.#options.publish({ type: "image", action, id, attributes });
  }

  /** Something that stays speaks of it. */
  isNeeded(digest: Digest): boolean {
    const { images, manifests, buildCache } = this.#options.state;
    return (
      images.has(digest) ||
      images.standsOn(digest) ||
      manifests.holds(digest) ||
      buildCache.holds(digest) ||
      this.#fresh.has(digest)
    );
  }

  /** Layers that nobody stands on, nor is about to. */
  unusedLayers(): Digest[] {
    return this.#options.state.images.unusedLayers().filter((diffId) => !this.#fresh.has(diffId));
  }

  /** Removes the blobs that what was removed spoke of, and the layers that nobody stands on any more. */
  async sweep(): Promise<void> {
    const { state } = this.#options;
    const unused = this.unusedLayers();
    state.transaction(() => {
      for (const diffId of unused) state.images.deleteLayer(diffId);
    });
    const loose = new Set([...this.catalog.takeLoose(), ...unused]);
    await Promise.all([...loose].map((digest) => this.leases.discard(digest)));
  }
}
