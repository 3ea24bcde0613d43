import type { Digest } from "../core/index.ts";
import type { ManifestPart, ManifestRow } from "../state/index.ts";
import type { ImageStore } from "./image-store.ts";
import { INDEX_TYPES } from "./manifest.ts";
import type { Image } from "./types.ts";

/**
 * The manifests by which an image goes on exactly as it came: what `target` leads to, if all of that is stored, else one
 * manifest of the image. In the order in which registries take them, the one that stands for the whole last. Empty when
 * none is stored whole.
 */
export function exactManifests(store: ImageStore, image: Image, target: Digest | null): ManifestRow[] {
  const whole = target && wholeTree(store, target);
  if (whole) return whole;
  const known = store.catalog.manifestsOf(image.id).filter(({ digest }) => wholeTree(store, digest));
  return known.slice(0, 1);
}

/** It refers to manifests; any other manifest refers to blobs, whatever else these may be. */
const isIndex = ({ mediaType }: ManifestRow) => INDEX_TYPES.includes(mediaType);

/** The blobs that go with a manifest, its configuration last. */
export function blobsOf(row: ManifestRow): ManifestPart[] {
  const blobs = isIndex(row) ? [] : row.parts;
  return row.imageId === null ? [...blobs] : [...blobs, { digest: row.imageId, diffId: null }];
}

/** A manifest or index with everything it refers to; undefined unless all of that is stored. */
function wholeTree({ catalog, content }: ImageStore, target: Digest): ManifestRow[] | undefined {
  const found = new Map<Digest, ManifestRow>();
  const collect = (digest: Digest): boolean => {
    const row = catalog.manifest(digest);
    if (!row || !content.has(digest)) return false;
    if (found.has(digest)) return true;
    const isWhole = row.parts.every((part) =>
      isIndex(row) ? collect(part.digest) : content.has(part.digest),
    );
    if (isWhole) found.set(digest, row);
    return isWhole;
  };
  return collect(target) ? [...found.values()] : undefined;
}
