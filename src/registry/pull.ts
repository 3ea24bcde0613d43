import {
  type Digest,
  familiar,
  formatPlatform,
  hostPlatform,
  invalid,
  isKind,
  notFound,
  type Platform,
  parsePlatform,
  parseReference,
  type Reference,
  type Semaphore,
  withDefaultTag,
} from "../core/index.ts";
import {
  type BlobDescriptor,
  checkRunnable,
  choosePlatform,
  fitsPlatform,
  type ImageIndex,
  type ImageManifest,
  type Images,
  type Intake,
  isAttestation,
  MAX_INDEX_NESTING,
  type ManifestDescriptor,
  type Progress,
  parseImageConfig,
  parseManifest,
  platformsIn,
  type ReceivedImage,
  type ReceivedIndex,
  type RemoteLayer,
} from "../image/index.ts";
import type { RegistryClient, RemoteManifest, Repository } from "./client/types.ts";
import { readDocument } from "./document.ts";
import { layerProgress, shown } from "./progress.ts";
import type { PullOptions } from "./types.ts";

/** Bytes of manifests, configurations and small blobs that are in memory while one name is pulled. */
const MAX_DOCUMENTS = 64 << 20;

export interface TransferParts {
  readonly images: Images;
  readonly registry: RegistryClient;
  /** How many blobs travel at once. */
  readonly slots: Semaphore;
}

/** `docker pull`: see `Registries.pull`. */
export async function pull(
  parts: TransferParts,
  name: string,
  options: PullOptions,
  progress: Progress,
): Promise<void> {
  const reference = parseReference(name);
  const repository = parts.registry.repository(reference, options.auth);
  if (!options.allTags) {
    await pullOne(parts, repository, withDefaultTag(reference), options, progress);
    return;
  }
  if (reference.tag !== undefined || reference.digest) {
    throw invalid("tag can't be used with --all-tags/-a");
  }
  for (const tag of await repository.tags(options.signal)) {
    await pullOne(parts, repository, { ...reference, tag }, options, progress);
  }
}

async function pullOne(
  { images, slots }: TransferParts,
  repository: Repository,
  reference: Reference,
  options: PullOptions,
  progress: Progress,
): Promise<void> {
  const tagOrDigest = reference.digest ?? (reference.tag as string);
  await using intake = images.intake();
  const puller = new Puller(repository, intake, options, slots, progress);
  const top = await puller.manifest(tagOrDigest, reference);
  progress({ status: `Pulling from ${reference.path}`, id: tagOrDigest });
  const byDigest: Reference = { domain: reference.domain, path: reference.path, digest: top.digest };
  const references = reference.digest ? [byDigest] : [byDigest, reference];
  const before = images.find(familiar(reference));
  const received = await puller.receive(top, familiar(reference));
  const [image] = await intake.finish({ ...received, references, target: top.digest });
  const isNew = !before || before.id !== image?.id || puller.fetched;
  progress({ status: `Digest: ${top.digest}` });
  progress({
    status: isNew
      ? `Status: Downloaded newer image for ${familiar(reference)}`
      : `Status: Image is up to date for ${familiar(reference)}`,
  });
  if (image) images.announce("pull", image.id, familiar(reference));
}

/** What an index or manifest gave. */
interface Received {
  readonly images: ReceivedImage[];
  readonly indexes: ReceivedIndex[];
  readonly documents: Uint8Array[];
}

/** One image on its way in. */
class Puller {
  /** Something had to be fetched besides the manifests. */
  fetched = false;
  readonly #asked: Platform | undefined;
  readonly #signal: AbortSignal;
  readonly #stop = new AbortController();
  /** What an index named already: it may name the same thing a thousand times, on each level. */
  readonly #seen = new Set<Digest>();
  #bytes = 0;

  constructor(
    private readonly repository: Repository,
    private readonly intake: Intake,
    private readonly options: PullOptions,
    private readonly slots: Semaphore,
    private readonly progress: Progress,
  ) {
    this.#asked = options.platform ? parsePlatform(options.platform) : undefined;
    this.#signal = AbortSignal.any([options.signal, this.#stop.signal]);
  }

  async manifest(tagOrDigest: string, reference: Reference): Promise<RemoteManifest> {
    try {
      return await this.repository.manifest(tagOrDigest, this.#signal);
    } catch (error) {
      if (!isKind(error, "notFound")) throw error;
      throw notFound(`manifest for ${familiar(reference)} not found: ${error.message}`, error);
    }
  }

  /** The images to be had of a manifest or index, the one for the wanted platform first. */
  async receive(top: RemoteManifest, name: string): Promise<Received> {
    const parsed = parseManifest(top.bytes, top.mediaType, name);
    if (parsed.kind === "image") {
      return { images: [await this.#image(top, parsed, name)], indexes: [], documents: [] };
    }
    const wanted = this.#asked ?? hostPlatform();
    if (this.options.allPlatforms) return this.#all(top, parsed, wanted, name, 0);
    const indexes: ReceivedIndex[] = [];
    let document = top;
    let index = parsed;
    for (let depth = 0; depth < MAX_INDEX_NESTING; depth++) {
      indexes.unshift(indexIn(document, index));
      const chosen = choosePlatform(index.manifests, wanted);
      if (!chosen) {
        throw notFound(
          `no matching manifest for ${formatPlatform(wanted)} in the manifest list entries of ${name}: it has ${platformsIn(index.manifests)}`,
        );
      }
      document = await this.#child(chosen, name);
      const child = parseManifest(document.bytes, document.mediaType, `${name}@${document.digest}`);
      if (child.kind === "image") {
        return { images: [await this.#image(document, child, name)], indexes, documents: [] };
      }
      index = child;
    }
    throw invalid(`the indexes of ${name} are nested too deep`);
  }

  /** Every image of an index, each once. */
  async #all(
    document: RemoteManifest,
    index: ImageIndex,
    wanted: Platform,
    name: string,
    depth: number,
  ): Promise<Received> {
    if (depth >= MAX_INDEX_NESTING) throw invalid(`the indexes of ${name} are nested too deep`);
    const all: Received = {
      images: [],
      indexes: [indexIn(document, index)],
      documents: [],
    };
    const first = choosePlatform(index.manifests, wanted);
    const others = index.manifests.filter((entry) => entry !== first);
    for (const entry of first ? [first, ...others] : others) {
      if (this.#seen.has(entry.digest)) continue;
      this.#seen.add(entry.digest);
      const child = await this.#child(entry, name);
      const parsed = parseManifest(child.bytes, child.mediaType, `${name}@${child.digest}`);
      if (parsed.kind === "index") {
        const below = await this.#all(child, parsed, wanted, name, depth + 1);
        all.images.push(...below.images);
        all.indexes.unshift(...below.indexes);
        all.documents.push(...below.documents);
      } else if (isAttestation(entry)) {
        const parts = [parsed.config, ...parsed.layers];
        for (const part of parts) all.documents.push(await this.#document(part, name));
        const { mediaType } = parsed;
        all.indexes.unshift({ ...child, mediaType, parts: parts.map(({ digest }) => digest) });
      } else all.images.push(await this.#image(child, parsed, name));
    }
    return all;
  }

  async #document(blob: BlobDescriptor, name: string): Promise<Uint8Array> {
    const known = await this.intake.document(blob.digest);
    if (known) return this.#counted(known, name);
    this.fetched = true;
    const what = `blob ${blob.digest} of ${name}`;
    return this.#counted(await readDocument(this.repository, blob, what, this.#signal), name);
  }

  /** All of them stay in memory until the end. @throws invalid */
  #counted(bytes: Uint8Array, name: string): Uint8Array {
    this.#bytes += bytes.byteLength;
    if (this.#bytes <= MAX_DOCUMENTS) return bytes;
    throw invalid(
      `the manifests and configurations of ${name} are larger than ${MAX_DOCUMENTS >> 20} MiB together: pull one platform`,
    );
  }

  async #child(entry: ManifestDescriptor, name: string): Promise<RemoteManifest> {
    const bytes = await this.intake.document(entry.digest);
    if (bytes) {
      return { digest: entry.digest, mediaType: entry.mediaType, bytes: this.#counted(bytes, name) };
    }
    const child = await this.repository.manifest(entry.digest, this.#signal);
    if (child.bytes.byteLength !== entry.size) {
      throw invalid(
        `manifest ${entry.digest} of ${name} is ${child.bytes.byteLength} bytes long, its index says ${entry.size}`,
      );
    }
    this.#counted(child.bytes, name);
    return child;
  }

  async #image(document: RemoteManifest, manifest: ImageManifest, name: string): Promise<ReceivedImage> {
    checkRunnable(manifest, name);
    const config = await this.#document(manifest.config, name);
    const parsed = parseImageConfig(config, `image configuration of ${name}`);
    if (this.#asked && !this.options.allPlatforms && !fitsPlatform(parsed, this.#asked)) {
      throw notFound(
        `image with reference ${name} was found but does not provide the specified platform (${formatPlatform(this.#asked)}): it is for ${formatPlatform(parsed)}`,
      );
    }
    const diffIds = parsed.rootfs.diff_ids;
    if (diffIds.length !== manifest.layers.length) {
      throw invalid(
        `${name} has ${manifest.layers.length} layers, its configuration names ${diffIds.length}`,
      );
    }
    const layers = manifest.layers.map(({ digest, size }, at) => ({
      digest,
      size,
      diffId: diffIds[at] as Digest,
    }));
    await this.#layers(layers);
    return { manifest: document, config, layers };
  }

  /** All layers, some at once. When one fails the others are stopped before it is told. */
  async #layers(layers: readonly RemoteLayer[]): Promise<void> {
    const distinct = [...new Map(layers.map((layer) => [`${layer.digest} ${layer.diffId}`, layer])).values()];
    const missing = distinct.filter((layer) => !this.intake.has(layer));
    for (const layer of distinct) {
      const isMissing = missing.includes(layer);
      this.progress(shown(layer.digest, isMissing ? "Pulling fs layer" : "Already exists"));
    }
    if (missing.length > 0) this.fetched = true;
    let failure: unknown;
    await Promise.all(
      missing.map((layer) =>
        this.slots
          .run(() => this.#layer(layer))
          .catch((error: unknown) => {
            failure ??= error;
            this.#stop.abort();
          }),
      ),
    );
    if (failure !== undefined) throw failure;
  }

  async #layer(layer: RemoteLayer): Promise<void> {
    this.#signal.throwIfAborted();
    const open = (from: number) => this.repository.blob(layer, from, this.#signal);
    await this.intake.layer(layer, open, layerProgress(layer, this.progress), this.#signal);
    this.progress(shown(layer.digest, "Pull complete"));
  }
}

function indexIn({ digest, bytes }: RemoteManifest, { mediaType, manifests }: ImageIndex): ReceivedIndex {
  return { digest, mediaType, bytes, parts: manifests.map((entry) => entry.digest) };
}
