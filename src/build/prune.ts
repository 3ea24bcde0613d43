import type { ContentStore } from "../content/index.ts";
import { type Digest, isDigest } from "../core/index.ts";
import type { Images } from "../image/index.ts";
import type { LayerStore } from "../snapshot/index.ts";
import type { State } from "../state/index.ts";
import type { BuildCache } from "./cache.ts";

export interface PruneParts {
  readonly state: Pick<State, "buildCache" | "images">;
  readonly images: Pick<Images, "collect">;
  readonly layers: LayerStore;
  readonly content: ContentStore;
}

/**
 * Drops what builds remember, except what was used since `usedSince` (milliseconds since the epoch), and removes the
 * layers that nothing else needs. `deleted` names the records, `reclaimed` is in bytes.
 */
export async function pruneCache(
  parts: PruneParts,
  cache: BuildCache,
  usedSince: number,
): Promise<{ deleted: string[]; reclaimed: number }> {
  cache.flush();
  const { buildCache, images } = parts.state;
  const held = buildCache.heldLayers().filter(isDigest);
  const before = sizes(parts, held);
  const deleted = buildCache
    .uses()
    .filter(({ usedAt }) => usedAt < usedSince)
    .map(({ key }) => key);
  buildCache.delete(deleted);
  // Layers that were part of an image once are the image room's to remove, the others are ours.
  await parts.images.collect();
  const known = images.layerSizes();
  for (const layer of held) {
    if (known.has(layer) || buildCache.holds(layer)) continue;
    await parts.layers.remove(layer);
    await parts.content.delete(layer);
  }
  return { deleted, reclaimed: before - sizes(parts, held) };
}

/** Bytes on disk of layers and their tars. */
function sizes({ layers, content }: PruneParts, held: readonly Digest[]): number {
  return held.reduce(
    (sum, layer) =>
      sum + (layers.has(layer) ? layers.size(layer) : 0) + (content.has(layer) ? content.size(layer) : 0),
    0,
  );
}
