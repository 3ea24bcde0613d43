import { type Digest, hostPlatform, invalid } from "../core/index.ts";
import type { ArchiveFile, ArchiveFiles } from "./archive-files.ts";
import type { ManifestDocument, ReceivedIndex } from "./intake.ts";
import {
  type BlobDescriptor,
  choosePlatform,
  type ImageManifest,
  isRunnable,
  MAX_INDEX_NESTING,
  type ManifestDescriptor,
  parseManifest,
} from "./manifest.ts";

export interface LayoutImage {
  readonly manifest: ManifestDocument;
  readonly config: { readonly digest: Digest; readonly bytes: Uint8Array };
  /** Lowest first. */
  readonly layers: readonly ArchiveFile[];
}

/** What one entry of a layout's `index.json` leads to. */
export interface LayoutEntry {
  readonly names: readonly string[];
  readonly target: Digest;
  /** It is worth keeping as it is: it came from a registry, or can go to one. */
  readonly isExact: boolean;
  /** The one for this host first. */
  readonly images: readonly LayoutImage[];
  readonly indexes: readonly ReceivedIndex[];
  /** Small blobs of manifests that accompany images. */
  readonly documents: readonly Uint8Array[];
}

/** Says of an entry of `index.json` which repository of a registry it came from, as containerd writes it. */
export const SOURCE_ANNOTATION = "containerd.io/distribution.source.";

/**
 * Reads an OCI image layout: index.json leads to manifests, those to configurations and layers, all by digest. An
 * index may lead to images that are not in the layout; what the entries of index.json name must be there.
 * @throws invalid
 */
export function readLayout(files: ArchiveFiles, index: Uint8Array): LayoutEntry[] {
  const parsed = parseManifest(index, "", "index.json of the archive");
  if (parsed.kind !== "index") throw invalid("index.json of the archive is no index");
  const entries = parsed.manifests.flatMap((descriptor) => new EntryReader(files).read(descriptor) ?? []);
  if (entries.length === 0) throw invalid("the archive's index.json names no image");
  return entries;
}

class EntryReader {
  readonly #images: LayoutImage[] = [];
  readonly #indexes: ReceivedIndex[] = [];
  readonly #documents = new Set<Uint8Array>();
  /** An index may name the same thing a thousand times, on each level. */
  readonly #seen = new Set<Digest>();

  constructor(private readonly files: ArchiveFiles) {}

  read(descriptor: ManifestDescriptor): LayoutEntry | undefined {
    this.#collect(descriptor, 0);
    if (this.#images.length === 0) {
      if (this.#indexes.length === 0) return undefined;
      throw invalid("the archive has no image for any platform that its index names");
    }
    return {
      names: namesIn(descriptor),
      target: descriptor.digest,
      isExact: this.#isExact(descriptor),
      images: this.#images,
      indexes: this.#indexes,
      documents: [...this.#documents],
    };
  }

  #collect({ digest, mediaType }: ManifestDescriptor, depth: number): void {
    if (depth > MAX_INDEX_NESTING) throw invalid("the archive's indexes are nested too deep");
    if (this.#seen.has(digest)) return;
    this.#seen.add(digest);
    const file = blob(this.files, digest);
    if (file.kind !== "document") throw invalid(`blob ${digest} is not a manifest`);
    const parsed = parseManifest(file.bytes, mediaType, `blob ${digest}`);
    const document = { digest, mediaType: parsed.mediaType, bytes: file.bytes };
    if (parsed.kind === "image") {
      if (isRunnable(parsed)) this.#images.push(this.#image(document, parsed));
      else if (depth > 0) this.#accompanying(document, parsed);
      return;
    }
    this.#indexes.unshift({ ...document, parts: parsed.manifests.map((child) => child.digest) });
    const first = choosePlatform(parsed.manifests, hostPlatform());
    const others = parsed.manifests.filter((child) => child !== first);
    for (const child of first ? [first, ...others] : others) {
      if (this.#seen.has(child.digest)) continue;
      if (this.#isWhole(child)) this.#collect(child, depth + 1);
      this.#seen.add(child.digest);
    }
  }

  /** Whether everything that an index's entry leads to is in the layout. */
  #isWhole({ digest, mediaType }: BlobDescriptor): boolean {
    const file = find(this.files, digest);
    if (file?.kind !== "document") return false;
    const parsed = parseManifest(file.bytes, mediaType, `blob ${digest}`);
    if (parsed.kind === "index") return true;
    return [parsed.config, ...parsed.layers].every((part) => find(this.files, part.digest));
  }

  #image(manifest: ManifestDocument, { config, layers }: ImageManifest): LayoutImage {
    const { digest } = config;
    const file = blob(this.files, digest);
    if (file.kind !== "document") throw invalid(`blob ${digest} is not an image configuration`);
    return {
      manifest,
      config: { digest, bytes: file.bytes },
      layers: layers.map((layer) => blob(this.files, layer.digest)),
    };
  }

  /** Kept so that the index stays whole, if it is made of documents only, as attestations are. */
  #accompanying(manifest: ManifestDocument, { config, layers }: ImageManifest): void {
    const parts = [config, ...layers].map(({ digest }) => blob(this.files, digest));
    const documents = parts.flatMap((part) => (part.kind === "document" ? [part.bytes] : []));
    if (documents.length < parts.length) return;
    for (const bytes of documents) this.#documents.add(bytes);
    this.#indexes.unshift({ ...manifest, parts: parts.map(({ digest }) => digest) });
  }

  /** What `save` makes up for an image that was made here has plain layers, and says of no place it came from. */
  #isExact({ annotations }: ManifestDescriptor): boolean {
    return (
      this.#images.some(({ layers }) =>
        layers.some((layer) => layer.kind === "layer" && layer.digest !== layer.diffId),
      ) || Object.keys(annotations ?? {}).some((key) => key.startsWith(SOURCE_ANNOTATION))
    );
  }
}

/** A whole name, as containerd writes it; `org.opencontainers.image.ref.name` alone may be only a tag. */
function namesIn({ annotations }: ManifestDescriptor): string[] {
  const name =
    annotations?.["io.containerd.image.name"] ?? annotations?.["org.opencontainers.image.ref.name"];
  return name !== undefined && /[/:]/.test(name) ? [name] : [];
}

function find(files: ArchiveFiles, digest: Digest): ArchiveFile | undefined {
  return files.get(`blobs/sha256/${digest.slice("sha256:".length)}`);
}

/** A blob of a layout, which must be what its name says. */
function blob(files: ArchiveFiles, digest: Digest): ArchiveFile {
  const file = find(files, digest);
  if (!file) throw invalid(`the archive lacks blob ${digest}`);
  if (file.digest !== digest)
    throw invalid(`blob ${digest} is damaged: its content has digest ${file.digest}`);
  return file;
}
