import { type Digest, digestOf, rfc3339Nano } from "../../core/index.ts";
import type { PlannedHistory } from "../frontend/index.ts";
import type { Layer } from "../ops/index.ts";

/** Remembers when a step that makes no layer was first seen. */
export interface DateStore {
  load(key: Digest): string | undefined;
  save(key: Digest, created: string): void;
}

export interface Dated {
  readonly created: string | undefined;
  /** The date was remembered from an earlier build. */
  readonly known: boolean;
}

interface Link extends Dated {
  readonly key: Digest;
}

/**
 * When each entry of a history came to be: a layer when it was made, anything else when the same step over the same
 * image was first built. So the same build gives the same image again, and a changed one a new date.
 */
export class HistoryDates {
  readonly #store: DateStore;
  readonly #links = new WeakMap<PlannedHistory, Link>();

  constructor(store: DateStore) {
    this.#store = store;
  }

  /** One date per entry. `layers` are those of the whole image, the base's first. */
  of(history: readonly PlannedHistory[], layers: readonly Layer[]): readonly Dated[] {
    const made = history.filter((entry) => "layer" in entry && entry.layer).length;
    let layer = layers.length - made;
    let key: Digest = digestOf(
      layers
        .slice(0, layer)
        .map(({ diffId }) => diffId)
        .join(),
    );
    return history.map((entry) => {
      const own = "layer" in entry && entry.layer ? layers[layer++] : undefined;
      const link = this.#links.get(entry) ?? this.#date(entry, own, key);
      this.#links.set(entry, link);
      key = link.key;
      return link;
    });
  }

  #date(entry: PlannedHistory, layer: Layer | undefined, before: Digest): Link {
    if ("base" in entry) {
      return { created: entry.base.created, known: true, key: chain(before, JSON.stringify(entry.base)) };
    }
    if (entry.layer) {
      const key = chain(before, `${entry.createdBy} ${layer?.diffId} ${layer?.created}`);
      return { created: layer?.created, known: true, key };
    }
    const key = chain(before, entry.createdBy);
    const known = this.#store.load(key);
    const created = known ?? rfc3339Nano();
    if (known === undefined) this.#store.save(key, created);
    return { created, known: known !== undefined, key };
  }
}

function chain(before: Digest, text: string): Digest {
  return digestOf(`date ${before} ${text}`);
}
