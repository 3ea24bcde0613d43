import type { Digest } from "../core/index.ts";
import type { ImagePruneReply } from "../spec/index.ts";
import type { CatalogEntry } from "./catalog.ts";
import { imageFilter, isDangling, truthOf } from "./filters.ts";
import type { ImageStore } from "./image-store.ts";
import { Removal, type RemovalEvent } from "./removal.ts";
import type { ImageUse, PruneOptions } from "./types.ts";

/** Thrown to take a rehearsal back. */
const REHEARSED = Symbol("rehearsed");

/**
 * `docker image prune`. All of it is one transaction; a rehearsal does the same work and takes it back, so that it says
 * exactly what would go.
 * @throws invalid for a filter nobody knows
 */
export function pruneImages(
  store: ImageStore,
  uses: (id: Digest) => readonly ImageUse[],
  { filters = new Map(), dryRun = false }: PruneOptions,
): ImagePruneReply & { events: readonly RemovalEvent[] } {
  const { catalog } = store;
  const { dangling, ...others } = Object.fromEntries(filters);
  const onlyDangling = dangling?.every((value) => truthOf("dangling", value)) ?? true;
  const { passes } = imageFilter(catalog, new Map(Object.entries(others)));
  const mayGo = (entry: CatalogEntry) =>
    passes(entry) &&
    uses(entry.image.id).length === 0 &&
    !store.leases.isHeld(entry.image.id) &&
    !catalog.isVariant(entry.image.id) &&
    (!onlyDangling || isDangling(catalog, entry.image.id));
  const removal = new Removal(catalog, uses);
  let space = 0;
  try {
    catalog.change(() => {
      const before = new Set(store.unusedLayers());
      // Newest first: what an image was made from can go only after it.
      for (const entry of catalog.entries()) {
        const { id } = entry.image;
        if (catalog.get(id) && mayGo(entry)) removal.prune(entry);
      }
      catalog.dropUnnamedIndexes();
      for (const diffId of store.unusedLayers()) if (!before.has(diffId)) space += store.layers.size(diffId);
      if (dryRun) throw REHEARSED;
    });
  } catch (error) {
    if (error !== REHEARSED) throw error;
  }
  const { items } = removal;
  return {
    ImagesDeleted: items.length > 0 ? items : null,
    SpaceReclaimed: space,
    events: dryRun ? [] : removal.events,
  };
}
