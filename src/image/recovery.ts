import type { ContentStore } from "../content/index.ts";
import { messageOf } from "../core/index.ts";
import type { State } from "../state/index.ts";
import type { Leases } from "./leases.ts";
import type { StoredLayers } from "./stored-layers.ts";

export interface RecoveryParts {
  readonly state: State;
  readonly content: ContentStore;
  readonly layers: StoredLayers;
  readonly leases: Leases;
  readonly log: (message: string) => void;
}

/**
 * Puts right what an earlier process left: blobs and layers that no row speaks of (it was killed before it wrote the
 * row) go; a layer that is lost (a power failure) is made again from its tar.
 */
export async function recoverImages({ state, content, layers, leases, log }: RecoveryParts): Promise<void> {
  const rows = [...state.images.layerSizes().keys()];
  const known = new Set<string>([
    ...rows,
    ...state.buildCache.heldLayers(),
    ...state.images.images().map(({ id }) => id),
    ...state.manifests.all().flatMap(({ digest, parts }) => [digest, ...parts.map((part) => part.digest)]),
  ]);
  for (const digest of [...layers.list(), ...content.list()]) {
    if (!known.has(digest)) await layers.remove(digest);
  }
  await using lease = leases.open();
  for (const diffId of rows) {
    if (layers.has(diffId)) continue;
    try {
      await layers.unpack(diffId, lease);
    } catch (error) {
      log(`layer ${diffId} cannot be used: ${messageOf(error)}`);
    }
  }
}
