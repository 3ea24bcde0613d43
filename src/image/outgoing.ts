import { closeSync, openSync, readSync } from "node:fs";
import { type Digest, digestOf, familiar, notFound, type Platform, type Reference } from "../core/index.ts";
import { MEDIA } from "../spec/index.ts";
import type { ManifestRow } from "../state/index.ts";
import { gzipFile } from "./compress.ts";
import { detectCompression, MAGIC_SIZE } from "./decompress.ts";
import type { ImageStore } from "./image-store.ts";
import type { ManifestDocument } from "./intake.ts";
import type { Lease } from "./leases.ts";
import { fitsPlatform } from "./manifest.ts";
import { blobsOf, exactManifests } from "./stored-manifests.ts";
import type { Image } from "./types.ts";

/** A blob to be sent. */
export interface OutgoingBlob {
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
  /** Of a layer: the digest of its plain tar, by which people know it. */
  readonly diffId: Digest | null;
  /** Repository paths, by registry host, that are known to have it. */
  readonly sources: ReadonlyMap<string, readonly string[]>;
}

export interface OutgoingManifest extends ManifestDocument {
  /** What must be at the registry before it. */
  readonly blobs: readonly OutgoingBlob[];
}

/**
 * What there is to send of one name. It stays stored until this is disposed of.
 * `manifests` are in the order in which a registry takes them: the last is what the name will stand for.
 */
export interface Outgoing extends AsyncDisposable {
  /** The image that the name means. */
  readonly id: Digest;
  readonly manifests: readonly OutgoingManifest[];
  read(digest: Digest, from: number): AsyncIterable<Uint8Array>;
  /** All of it is at the registry now: the name is known by its digest there. */
  sent(): void;
}

export interface OutgoingOptions {
  /** Only this of several platforms. */
  readonly platform?: Platform;
  readonly signal: AbortSignal;
  /** Hears of layers whose compressed form must be made first. */
  readonly onCompress?: (diffId: Digest) => void;
}

/**
 * Gathers what a name stands for. What came from a registry goes on as it came, byte for byte; of what was made here
 * the compressed layers and a manifest are made, and kept for the next time.
 * @throws notFound
 */
export async function outgoing(
  store: ImageStore,
  reference: Reference,
  options: OutgoingOptions,
): Promise<Outgoing> {
  const { catalog, content } = store;
  const id = catalog.owner(reference);
  const entry = id && catalog.get(id);
  if (!entry || entry.orphan) {
    throw notFound(`An image does not exist locally with the tag: ${familiar({ ...reference })}`);
  }
  const lease = store.leases.open();
  try {
    const rows = await rowsFor(store, entry.image, catalog.target(reference), options, lease);
    const manifests = await Promise.all(rows.map((row) => manifestOf(store, row)));
    const target = (rows.at(-1) as ManifestRow).digest;
    return {
      id,
      manifests,
      read: (digest, from) => content.stream(digest, from),
      sent: () => {
        const { domain, path } = reference;
        catalog.change(() => {
          const isStillIt = catalog.owner(reference) === id;
          if (isStillIt && catalog.target(reference) === null) catalog.tag(reference, id, target);
          const owner = catalog.manifest(target)?.imageId ?? id;
          if (catalog.get(owner)?.orphan === false)
            catalog.tag({ domain, path, digest: target }, owner, target);
          catalog.dropUnnamedIndexes();
        });
      },
      [Symbol.asyncDispose]: () => lease[Symbol.asyncDispose](),
    };
  } catch (error) {
    await lease[Symbol.asyncDispose]();
    throw error;
  }
}

/** Manifests to be sent, what they refer to before them. */
async function rowsFor(
  store: ImageStore,
  image: Image,
  target: Digest | null,
  options: OutgoingOptions,
  lease: Lease,
): Promise<ManifestRow[]> {
  const { catalog } = store;
  const rowsOf = async (of: Image) => {
    const rows = exactManifests(store, of, options.platform ? null : target);
    const parts = rows.flatMap((row) => [row, ...blobsOf(row)]);
    // At once: it may be removed while layers are compressed, and has to last until it is sent.
    for (const { digest } of parts) lease.hold(digest);
    for (const digest of [of.id, ...of.layers]) lease.hold(digest);
    return rows.length > 0 ? rows : [await makeManifest(store, of, options, lease)];
  };
  if (!options.platform) return rowsOf(image);
  const wanted = options.platform;
  const candidates = [image.id, ...catalog.variantsOf(image.id)].flatMap(
    (id) => catalog.get(id)?.image ?? [],
  );
  const fitting = candidates.find(({ config }) => fitsPlatform(config, wanted));
  if (!fitting) {
    throw notFound("the image is not stored for the specified platform: pull it for that platform first");
  }
  return rowsOf(fitting);
}

/** A Docker schema 2 manifest with gzip layers, which every registry and engine reads. */
async function makeManifest(
  store: ImageStore,
  image: Image,
  options: OutgoingOptions,
  lease: Lease,
): Promise<ManifestRow> {
  const { content } = store;
  const parts = [];
  for (const diffId of image.layers) {
    parts.push({ digest: await compressed(store, diffId, options, lease), diffId });
  }
  const descriptor = (mediaType: string, digest: Digest) => ({
    mediaType,
    size: content.size(digest),
    digest,
  });
  const bytes = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA.dockerManifest,
      config: descriptor(MEDIA.dockerConfig, image.id),
      layers: parts.map(({ digest }) => descriptor(MEDIA.dockerLayer, digest)),
    }),
  );
  const row = { digest: digestOf(bytes), mediaType: MEDIA.dockerManifest, imageId: image.id, parts };
  await store.recordManifest(row, bytes, lease);
  return row;
}

/** The digest of a layer's gzip form: one that is stored already, or made now. */
async function compressed(
  store: ImageStore,
  diffId: Digest,
  { signal, onCompress }: OutgoingOptions,
  lease: Lease,
): Promise<Digest> {
  const { catalog, content } = store;
  for (const part of catalog.manifests().flatMap(({ parts }) => parts)) {
    if (part.diffId === diffId && part.digest !== diffId && isGzip(content, part.digest)) {
      lease.hold(part.digest);
      return part.digest;
    }
  }
  onCompress?.(diffId);
  const temporary = content.temporary();
  try {
    const { digest } = await gzipFile(content.path(diffId), temporary, { signal });
    lease.made(digest);
    await content.adopt(temporary, digest);
    return digest;
  } finally {
    await content.discard(temporary);
  }
}

function isGzip(content: ImageStore["content"], digest: Digest): boolean {
  if (!content.has(digest)) return false;
  const head = Buffer.alloc(MAGIC_SIZE);
  const fd = openSync(content.path(digest), "r");
  try {
    readSync(fd, head);
  } finally {
    closeSync(fd);
  }
  return detectCompression(head) === "gzip";
}

async function manifestOf({ catalog, content }: ImageStore, row: ManifestRow): Promise<OutgoingManifest> {
  const { digest, mediaType } = row;
  const blob = (of: Digest, diffId: Digest | null): OutgoingBlob => ({
    digest: of,
    size: content.size(of),
    diffId,
    sources: catalog.repositoriesWith(of),
  });
  const blobs = blobsOf(row).map((part) => blob(part.digest, part.diffId));
  return { digest, mediaType, bytes: await content.read(digest), blobs };
}
