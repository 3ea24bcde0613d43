import {
  canonical,
  type Digest,
  digestOf,
  familiar,
  familiarName,
  formatPlatform,
  hexOf,
  isDigest,
  notFound,
  type Platform,
  parseReference,
  type Reference,
} from "../core/index.ts";
import { MEDIA, type OciDescriptor, type OciManifest } from "../spec/index.ts";
import { createdAt } from "./catalog.ts";
import type { ImageStore } from "./image-store.ts";
import { SOURCE_ANNOTATION } from "./layout.ts";
import { fitsPlatform } from "./manifest.ts";
import { blobsOf, exactManifests } from "./stored-manifests.ts";
import { type TarInput, writeTar } from "./tar/index.ts";
import type { Image } from "./types.ts";

/** One image with one or several names that all stand for the same. */
interface Saved {
  readonly image: Image;
  /** What its names stand for at a registry. */
  readonly target: Digest | null;
  /** When the image says it was made: the time of its files in the archive. Nanoseconds. */
  readonly created: bigint;
  readonly references: Reference[];
}

const blobPath = (digest: Digest) => `blobs/sha256/${hexOf(digest)}`;

/** `docker save`: names are checked here, before the first byte is asked for. @throws notFound */
export function saveImages(
  store: ImageStore,
  names: readonly string[],
  platforms: readonly Platform[],
): AsyncIterable<Uint8Array> {
  const saved = select(store, names).flatMap((one) => forPlatforms(store, one, platforms));
  for (const { image } of saved) store.announce("save", image.id);
  return writeTar(entries(store, saved, platforms.length === 0));
}

/** Of an image for several platforms those that were asked for. @throws notFound */
function forPlatforms({ catalog }: ImageStore, saved: Saved, platforms: readonly Platform[]): Saved[] {
  if (platforms.length === 0) return [saved];
  const ids = [saved.image.id, ...catalog.variantsOf(saved.image.id)];
  const images = ids.flatMap((id) => catalog.get(id)?.image ?? []);
  return platforms.map((wanted) => {
    const image = images.find(({ config }) => fitsPlatform(config, wanted));
    if (image) return { ...saved, image };
    const name = saved.references[0] ? familiar(saved.references[0]) : saved.image.id;
    throw notFound(
      `image ${name} is not stored for ${formatPlatform(wanted)}: pull it for that platform first`,
    );
  });
}

/**
 * Which images to save under which names: a name with a tag gives that one, a repository without a tag all of its tags,
 * an id none.
 */
function select({ catalog }: ImageStore, names: readonly string[]): Saved[] {
  const chosen = new Map<string, Saved>();
  const choose = (id: Digest, reference?: Reference) => {
    const entry = catalog.get(id);
    if (!entry) return;
    const created = BigInt(createdAt(entry)) * 1_000_000n;
    const target = reference ? catalog.target(reference) : null;
    const key = `${id} ${target}`;
    const saved = chosen.get(key) ?? { image: entry.image, target, created, references: [] };
    chosen.set(key, saved);
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
async function* entries(
  store: ImageStore,
  saved: readonly Saved[],
  whole: boolean,
): AsyncGenerator<TarInput> {
  const { content } = store;
  // What is saved stays until it is written, even if it is removed meanwhile.
  await using lease = store.leases.open();
  const described = saved.map((one) => ({ ...one, ...describe(store, one, whole) }));
  for (const { blobs } of described) for (const digest of blobs) lease.hold(digest);
  const files = new Map<Digest, TarInput>();
  const index: OciDescriptor[] = [];
  for (const { created, references, blobs, made, top, sources } of described) {
    for (const digest of blobs) {
      const file = { name: blobPath(digest), type: "file", mode: 0o644, mtime: created } as const;
      files.set(digest, { ...file, size: content.size(digest), body: content.stream(digest) });
    }
    if (made) files.set(top.digest, { name: blobPath(top.digest), type: "file", mode: 0o644, body: made });
    index.push(...descriptors(top, references, sources));
  }
  let newest = 0n;
  for (const { created } of saved) if (created > newest) newest = created;
  for (const name of ["blobs", "blobs/sha256"]) {
    yield { name, type: "directory", mode: 0o755, mtime: newest };
  }
  for (const digest of [...files.keys()].sort()) yield files.get(digest) as TarInput;
  yield document("index.json", { schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests: index });
  yield document("manifest.json", described.map(dockerEntry));
  yield document("oci-layout", { imageLayoutVersion: "1.0.0" });
  const repositories = legacyRepositories(saved);
  if (Object.keys(repositories).length > 0) yield document("repositories", repositories);
}

/** How an image lies in the archive. */
interface Description {
  /** Stored blobs to be written. */
  readonly blobs: readonly Digest[];
  /** The manifest or index that its names stand for. */
  readonly top: OciDescriptor;
  /** That manifest, if there is none stored. */
  readonly made?: Uint8Array;
  /** The blobs of its layers, lowest first. */
  readonly layers: readonly Digest[];
  /** Annotations that tell where it came from. */
  readonly sources: Readonly<Record<string, string>>;
}

/** What came from a registry is written as it came, with its manifests; what was made here with plain layers. */
function describe(store: ImageStore, { image, target }: Saved, whole: boolean): Description {
  const { content } = store;
  const rows = exactManifests(store, image, whole ? target : null);
  const own = rows.find(({ imageId }) => imageId === image.id);
  const top = rows.at(-1);
  if (own && top) {
    return {
      blobs: [...new Set(rows.flatMap((row) => [row.digest, ...blobsOf(row).map(({ digest }) => digest)]))],
      top: { mediaType: top.mediaType, digest: top.digest, size: content.size(top.digest) },
      layers: own.parts.map(({ digest }) => digest),
      sources: sourcesOf(store, image.id),
    };
  }
  const made = Buffer.from(JSON.stringify(ociManifest(store, image)));
  return {
    blobs: [image.id, ...image.layers],
    top: { mediaType: MEDIA.ociManifest, digest: digestOf(made), size: made.byteLength },
    made,
    layers: image.layers,
    sources: {},
  };
}

function sourcesOf({ catalog }: ImageStore, id: Digest): Record<string, string> {
  return Object.fromEntries(
    [...catalog.repositoriesWith(id)].map(([domain, paths]) => [SOURCE_ANNOTATION + domain, paths.join(",")]),
  );
}

function dockerEntry({ image, references, layers }: Saved & Description): object {
  return {
    Config: blobPath(image.id),
    RepoTags: references.length > 0 ? references.map(familiar) : null,
    Layers: layers.map(blobPath),
  };
}

/** One for each name, with the annotations by which containerd and skopeo find it. */
function descriptors(
  descriptor: OciDescriptor,
  references: readonly Reference[],
  sources: Readonly<Record<string, string>>,
): OciDescriptor[] {
  const sourced =
    Object.keys(sources).length > 0 ? { ...descriptor, annotations: { ...sources } } : descriptor;
  if (references.length === 0) return [sourced];
  return references.map((reference) => ({
    ...descriptor,
    annotations: {
      ...sources,
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
