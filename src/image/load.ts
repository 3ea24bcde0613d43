import {
  type Digest,
  familiar,
  formatPlatform,
  notFound,
  type Platform,
  parseReference,
  type Reference,
  shortId,
  withDefaultTag,
} from "../core/index.ts";
import { type LayerSeen, readArchive } from "./archive-files.ts";
import { imagesIn, type Loadable } from "./archive-images.ts";
import type { ImageStore, Recordable } from "./image-store.ts";
import { fitsPlatform } from "./manifest.ts";
import type { Progress } from "./types.ts";

/** Milliseconds between two words about the same layer. */
const PROGRESS_INTERVAL = 100;

/** `docker load`. All images of the archive, or none when one of them is damaged. */
export async function loadArchive(
  store: ImageStore,
  archive: AsyncIterable<Uint8Array>,
  progress: Progress,
  platforms: readonly Platform[],
): Promise<void> {
  await using lease = store.leases.open();
  const known = blobsOfLayers(store);
  const { content, layers, lean } = store;
  const files = await readArchive(
    archive,
    { content, layers, lean, lease, diffIdOf: (blob) => known.get(blob) },
    layerProgress(progress),
  );
  const { images, indexes, documents } = imagesIn(
    files,
    (config) => platforms.length === 0 || platforms.some((wanted) => fitsPlatform(config, wanted)),
  );
  if (images.length === 0) {
    const all = imagesIn(files, () => true).images;
    const has = all.map(({ config }) => formatPlatform(config)).join(", ");
    throw notFound(`the archive has no image for ${platforms.map(formatPlatform).join(", ")}: it has ${has}`);
  }
  for (const { config } of images) {
    for (const diffId of config.rootfs.diff_ids) await store.layers.unpack(diffId, lease);
  }
  const said: string[] = [];
  const loaded = await store.record(images.map(recordable), lease, {
    indexes,
    documents,
    moved: (name, old) =>
      said.push(`The image ${name} already exists, renaming the old one with ID ${old} to empty string\n`),
  });
  loaded.forEach(({ id }, at) => {
    const { names = [], manifest, target } = images[at] as Loadable;
    // One that is only there as another platform of an index is not spoken of.
    const isVariant = manifest !== undefined && target === undefined;
    for (const name of names) said.push(`Loaded image: ${familiar(withDefaultTag(parseReference(name)))}\n`);
    if (names.length === 0 && !isVariant) said.push(`Loaded image ID: ${id}\n`);
    store.announce("load", id);
  });
  for (const stream of said) progress({ stream });
}

/** An image of an archive with its names; those of one that is kept as it came stand for its digest too. */
function recordable({ config, bytes, names, manifest, target }: Loadable): Recordable {
  const tags = names.map((name) => withDefaultTag(parseReference(name)));
  const digests = target ? tags.map(({ domain, path }): Reference => ({ domain, path, digest: target })) : [];
  return {
    config,
    bytes,
    parent: null,
    references: [...tags, ...digests],
    ...(manifest && { manifest }),
    ...(target && { target }),
  };
}

/** Plain digests of layers by the digests of their blobs. */
function blobsOfLayers({ catalog }: ImageStore): Map<Digest, Digest> {
  const parts = catalog.manifests().flatMap((manifest) => manifest.parts);
  return new Map(parts.flatMap(({ digest, diffId }) => (diffId ? [[digest, diffId]] : [])));
}

/** Tells of a layer at its end and now and then before. */
function layerProgress(progress: Progress): (seen: LayerSeen) => void {
  let last = 0;
  return ({ name, current, total }) => {
    const now = performance.now();
    if (current < total && now - last < PROGRESS_INTERVAL) return;
    last = now;
    const id = name.split("/").findLast((part) => /^[0-9a-f]{12,}/.test(part)) ?? name;
    progress({ status: "Loading layer", id: shortId(id), progressDetail: { current, total } });
  };
}
