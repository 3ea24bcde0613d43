import {
  canonical,
  type Digest,
  digestOf,
  familiar,
  familiarName,
  hexOf,
  isDigest,
  parseReference,
  type Reference,
} from "../core/index.ts";
import { MEDIA, type OciDescriptor, type OciManifest } from "../spec/index.ts";
import { createdAt } from "./catalog.ts";
import type { ImageStore } from "./image-store.ts";
import { type TarInput, writeTar } from "./tar/index.ts";
import type { Image } from "./types.ts";

interface Saved {
  readonly image: Image;
  /** When the image says it was made: the time of its files in the archive. Nanoseconds. */
  readonly created: bigint;
  readonly references: Reference[];
}

const blobPath = (digest: Digest) => `blobs/sha256/${hexOf(digest)}`;

/** `docker save`: names are checked here, before the first byte is asked for. @throws notFound */
export function saveImages(store: ImageStore, names: readonly string[]): AsyncIterable<Uint8Array> {
  const saved = select(store, names);
  for (const { image } of saved) store.announce("save", image.id);
  return writeTar(entries(store, saved));
}

/**
 * Which images to save under which names: a name with a tag gives that one, a repository without a tag all of its tags,
 * an id none.
 */
function select({ catalog }: ImageStore, names: readonly string[]): Saved[] {
  const chosen = new Map<Digest, Saved>();
  const choose = (id: Digest, reference?: Reference) => {
    const entry = catalog.get(id);
    if (!entry) return;
    const created = BigInt(createdAt(entry)) * 1_000_000n;
    const saved = chosen.get(id) ?? { image: entry.image, created, references: [] };
    chosen.set(id, saved);
    const known = saved.references.map(canonical);
    if (reference && !known.includes(canonical(reference))) saved.references.push(reference);
  };
  for (const name of names) {
    const tags = isDigest(name) ? [] : tagsNamed(catalog, name);
    for (const { owner, reference } of tags) choose(owner, reference);
    if (tags.length === 0) choose(catalog.resolve(name).image.id);
  }
  return [...chosen.values()];
}

function tagsNamed(catalog: ImageStore["catalog"], name: string): { owner: Digest; reference: Reference }[] {
  let written: Reference;
  try {
    written = parseReference(name);
  } catch {
    return [];
  }
  if (written.digest) return [];
  return catalog
    .inRepository(written)
    .filter(({ tag, digest }) => !digest && (written.tag === undefined || tag === written.tag))
    .flatMap((reference) => {
      const owner = catalog.owner(reference);
      return owner ? [{ owner, reference }] : [];
    });
}

/** The archive's files in a fixed order with times from the images: the same images give the same bytes. */
async function* entries(store: ImageStore, saved: readonly Saved[]): AsyncGenerator<TarInput> {
  const { content } = store;
  // What is saved stays until it is written, even if it is removed meanwhile.
  await using lease = store.leases.open();
  for (const { image } of saved) for (const digest of [image.id, ...image.layers]) lease.hold(digest);
  const blobs = new Map<Digest, TarInput>();
  const index: OciDescriptor[] = [];
  for (const { image, created, references } of saved) {
    for (const digest of [image.id, ...image.layers]) {
      const file = { name: blobPath(digest), type: "file", mode: 0o644, mtime: created } as const;
      blobs.set(digest, { ...file, size: content.size(digest), body: content.stream(digest) });
    }
    const manifest = Buffer.from(JSON.stringify(ociManifest(store, image)));
    const digest = digestOf(manifest);
    blobs.set(digest, { name: blobPath(digest), type: "file", mode: 0o644, body: manifest });
    index.push(
      ...descriptors({ mediaType: MEDIA.ociManifest, digest, size: manifest.byteLength }, references),
    );
  }
  let newest = 0n;
  for (const { created } of saved) if (created > newest) newest = created;
  for (const name of ["blobs", "blobs/sha256"]) {
    yield { name, type: "directory", mode: 0o755, mtime: newest };
  }
  for (const digest of [...blobs.keys()].sort()) yield blobs.get(digest) as TarInput;
  yield document("index.json", { schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests: index });
  yield document(
    "manifest.json",
    saved.map(({ image, references }) => ({
      Config: blobPath(image.id),
      RepoTags: references.length > 0 ? references.map(familiar) : null,
      Layers: image.layers.map(blobPath),
      LayerSources: Object.fromEntries(
        ociManifest(store, image).layers.map((layer) => [layer.digest, layer]),
      ),
    })),
  );
  yield document("oci-layout", { imageLayoutVersion: "1.0.0" });
  const repositories = legacyRepositories(saved);
  if (Object.keys(repositories).length > 0) yield document("repositories", repositories);
}

/** One for each name, with the annotations by which containerd and skopeo find it. */
function descriptors(descriptor: OciDescriptor, references: readonly Reference[]): OciDescriptor[] {
  if (references.length === 0) return [descriptor];
  return references.map((reference) => ({
    ...descriptor,
    annotations: {
      "io.containerd.image.name": canonical(reference),
      "org.opencontainers.image.ref.name": reference.tag ?? "",
    },
  }));
}

function ociManifest({ content }: ImageStore, image: Image): OciManifest {
  return {
    schemaVersion: 2,
    mediaType: MEDIA.ociManifest,
    config: { mediaType: MEDIA.ociConfig, digest: image.id, size: content.size(image.id) },
    layers: image.layers.map((digest) => ({
      mediaType: MEDIA.ociLayer,
      digest,
      size: content.size(digest),
    })),
  };
}

/** Name, tag, topmost layer: what readers from before manifest.json look for. */
function legacyRepositories(saved: readonly Saved[]): Record<string, Record<string, string>> {
  const out: Record<string, Record<string, string>> = {};
  for (const { image, references } of saved) {
    const top = image.layers.at(-1);
    if (!top) continue;
    for (const reference of references) {
      const name = familiarName(reference);
      out[name] = { ...out[name], [reference.tag ?? ""]: hexOf(top) };
    }
  }
  return out;
}

const document = (name: string, value: unknown): TarInput => ({
  name,
  type: "file",
  mode: 0o644,
  body: Buffer.from(JSON.stringify(value)),
});
