import { type Digest, digestOf, invalid, type Reference, unlessAborted } from "../core/index.ts";
import type { ManifestPart } from "../state/index.ts";
import { MAX_DOCUMENT_SIZE, parseImageConfig } from "./documents.ts";
import type { ImageStore, Recordable, RecordableManifest } from "./image-store.ts";
import { type ArrivalProgress, hasLayer, type RemoteLayer, receiveLayer } from "./layer-arrival.ts";
import type { Lease } from "./leases.ts";
import type { Image } from "./types.ts";

/** A manifest or index as it came: `digest` is that of `bytes`. */
export interface ManifestDocument {
  readonly digest: Digest;
  readonly mediaType: string;
  readonly bytes: Uint8Array;
}

/** An image whose layers have all been taken in. */
export interface ReceivedImage {
  readonly manifest: ManifestDocument;
  readonly config: Uint8Array;
  /** Lowest first. */
  readonly layers: readonly ManifestPart[];
}

/** An index, or a manifest that accompanies images and is none. */
export interface ReceivedIndex extends ManifestDocument {
  /** What it refers to: manifests, or small blobs. Not all of them need be stored. */
  readonly parts: readonly Digest[];
}

export interface Reception {
  /** The first is the one that the names mean when no platform is asked for. */
  readonly images: readonly ReceivedImage[];
  /** Innermost first. */
  readonly indexes?: readonly ReceivedIndex[];
  /** Small blobs that those refer to. */
  readonly documents?: readonly Uint8Array[];
  readonly references: readonly Reference[];
  /** The manifest or index that the names stand for. */
  readonly target: Digest;
}

/**
 * Takes in images from elsewhere, blob by blob. Nothing is visible before `finish`, and without it nothing stays but
 * the beginnings of downloads that broke off.
 */
export class Intake implements AsyncDisposable {
  readonly #lease: Lease;

  constructor(private readonly store: ImageStore) {
    this.#lease = store.leases.open();
  }

  /** True when nothing of a layer needs to be fetched; it then stays until this intake ends. */
  has(layer: RemoteLayer): boolean {
    if (this.store.arriving.has(layer.digest) || !hasLayer(this.store, layer)) return false;
    this.#lease.hold(layer.diffId);
    if (this.store.content.has(layer.digest)) this.#lease.hold(layer.digest);
    return true;
  }

  /** A small document that is stored already. @throws invalid for a blob that is none: a manifest may name any */
  async document(digest: Digest): Promise<Uint8Array | undefined> {
    const { content } = this.store;
    if (!content.has(digest)) return undefined;
    const size = content.size(digest);
    if (size > MAX_DOCUMENT_SIZE) throw invalid(`blob ${digest} is too large for a document: ${size} bytes`);
    this.#lease.hold(digest);
    return content.read(digest);
  }

  /**
   * Fetches and keeps a layer, once even when several ask for it at the same time: the others wait, and take over when
   * the first one fails. Who waits gives up with `signal`. See `receiveLayer`.
   */
  async layer(
    layer: RemoteLayer,
    open: (from: number) => AsyncIterable<Uint8Array>,
    progress: ArrivalProgress,
    signal?: AbortSignal,
  ): Promise<void> {
    const { arriving } = this.store;
    for (let other = arriving.get(layer.digest); other; other = arriving.get(layer.digest)) {
      await (signal ? unlessAborted(other, signal) : other);
    }
    if (this.has(layer)) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    arriving.set(layer.digest, promise);
    try {
      await receiveLayer(this.store, layer, open, this.#lease, progress);
    } finally {
      arriving.delete(layer.digest);
      resolve();
    }
  }

  /** Records everything and gives the names, in one transaction. */
  async finish({ images, indexes = [], documents = [], references, target }: Reception): Promise<Image[]> {
    const recordables = images.map(({ config, manifest, layers }, at): Recordable => {
      const parsed = parseImageConfig(config, `image configuration ${digestOf(config)}`);
      return {
        bytes: config,
        config: parsed,
        parent: null,
        references: at === 0 ? references : [],
        target,
        manifest: { ...manifest, parts: layers },
      };
    });
    return this.store.record(recordables, this.#lease, { indexes: indexes.map(indexRow), documents });
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#lease[Symbol.asyncDispose]();
  }
}

/** An index as it is recorded. */
export function indexRow({ parts, ...document }: ReceivedIndex): RecordableManifest {
  return { ...document, parts: parts.map((digest) => ({ digest, diffId: null })) };
}
