import type { Digest } from "../core/index.ts";
import type { ManifestRow } from "../state/index.ts";
import { MAX_INDEX_NESTING } from "./manifest.ts";

/** The stored manifests and indexes, by digest; found by image too. */
export class KnownManifests {
  readonly #rows = new Map<Digest, ManifestRow>();
  readonly #ofImage = new Map<Digest, Set<ManifestRow>>();

  get(digest: Digest): ManifestRow | undefined {
    return this.#rows.get(digest);
  }

  /** In the order in which they came. */
  all(): ManifestRow[] {
    return [...this.#rows.values()];
  }

  /** Those that describe an image, in the order in which they came. */
  of(id: Digest): ManifestRow[] {
    return [...(this.#ofImage.get(id) ?? [])];
  }

  /** One that is there stays as it is. */
  add(row: ManifestRow): void {
    if (this.#rows.has(row.digest)) return;
    this.#rows.set(row.digest, row);
    if (row.imageId === null) return;
    const own = this.#ofImage.get(row.imageId) ?? new Set();
    this.#ofImage.set(row.imageId, own.add(row));
  }

  delete(row: ManifestRow): void {
    this.#rows.delete(row.digest);
    if (row.imageId === null) return;
    const own = this.#ofImage.get(row.imageId);
    own?.delete(row);
    if (own?.size === 0) this.#ofImage.delete(row.imageId);
  }

  /**
   * What targets lead to, indexes too: each once, before what it refers to. Who made an index may have named the same
   * thing a thousand times on each level.
   */
  reached(targets: Iterable<Digest>): Map<Digest, ManifestRow> {
    const found = new Map<Digest, ManifestRow>();
    const follow = (digest: Digest, depth: number) => {
      const row = this.#rows.get(digest);
      if (!row || depth > MAX_INDEX_NESTING || found.has(digest)) return;
      found.set(digest, row);
      if (row.imageId === null) for (const part of row.parts) follow(part.digest, depth + 1);
    };
    for (const target of targets) follow(target, 0);
    return found;
  }
}
