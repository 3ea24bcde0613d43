import type { Database } from "bun:sqlite";
import type { Digest } from "../core/index.ts";

export interface ImageRow {
  readonly id: Digest;
  readonly parent: Digest | null;
  /** Milliseconds since the epoch. */
  readonly storedAt: number;
  readonly lastTagAt: number | null;
  /** Removed by its user while a stopped container still needs it: it has no name and is not shown. */
  readonly orphan: boolean;
}

export interface TagRow {
  /** The whole reference, e.g. `docker.io/library/debian:12`. */
  readonly reference: string;
  readonly imageId: Digest;
  /** The manifest or index the name stands for at a registry; null for what was only made here. */
  readonly target: Digest | null;
}

/** Images, their layers and their names, as rows. */
export class ImagesTable {
  readonly #images;
  readonly #has;
  readonly #layersOf;
  readonly #put;
  readonly #putLayerOf;
  readonly #setOrphan;
  readonly #delete;
  readonly #putLayer;
  readonly #layers;
  readonly #deleteLayer;
  readonly #unused;
  readonly #stoodOn;
  readonly #tags;
  readonly #putTag;
  readonly #noteTag;
  readonly #deleteTag;

  constructor(db: Database) {
    type Stored = {
      id: Digest;
      parent: Digest | null;
      storedAt: number;
      lastTagAt: number | null;
      orphan: number;
    };
    this.#images = db.query<Stored, []>(
      "SELECT id, parent, stored_at AS storedAt, last_tag_at AS lastTagAt, orphan FROM image ORDER BY rowid",
    );
    this.#has = db.query<{ one: number }, [string]>("SELECT 1 AS one FROM image WHERE id = ?");
    this.#layersOf = db.query<{ diffId: Digest }, [string]>(
      "SELECT diff_id AS diffId FROM image_layer WHERE image_id = ? ORDER BY position",
    );
    this.#put = db.query<void, [string, string | null, number]>(
      `INSERT INTO image (id, parent, stored_at, orphan) VALUES (?, ?, ?, 0)
       ON CONFLICT (id) DO UPDATE SET parent = coalesce(image.parent, excluded.parent), orphan = 0`,
    );
    this.#putLayerOf = db.query<void, [string, number, string]>(
      "INSERT OR IGNORE INTO image_layer (image_id, position, diff_id) VALUES (?, ?, ?)",
    );
    this.#setOrphan = db.query<void, [string]>("UPDATE image SET orphan = 1 WHERE id = ?");
    this.#delete = db.query<void, [string]>("DELETE FROM image WHERE id = ?");
    this.#putLayer = db.query<void, [string, number]>(
      "INSERT OR IGNORE INTO layer (diff_id, size) VALUES (?, ?)",
    );
    this.#layers = db.query<{ diffId: Digest; size: number }, []>(
      "SELECT diff_id AS diffId, size FROM layer",
    );
    this.#deleteLayer = db.query<void, [string]>("DELETE FROM layer WHERE diff_id = ?");
    this.#unused = db.query<{ diffId: Digest }, []>(
      `SELECT diff_id AS diffId FROM layer
       WHERE diff_id NOT IN (SELECT diff_id FROM image_layer)
         AND diff_id NOT IN (SELECT diff_id FROM build_cache_layer)`,
    );
    this.#stoodOn = db.query<{ one: number }, [string]>(
      "SELECT 1 AS one FROM image_layer WHERE diff_id = ? LIMIT 1",
    );
    this.#tags = db.query<TagRow, []>(
      "SELECT reference, image_id AS imageId, target FROM tag ORDER BY reference",
    );
    this.#putTag = db.query<void, [string, string, number, string | null]>(
      `INSERT INTO tag (reference, image_id, tagged_at, target) VALUES (?, ?, ?, ?)
       ON CONFLICT (reference) DO UPDATE
       SET image_id = excluded.image_id, tagged_at = excluded.tagged_at, target = excluded.target`,
    );
    this.#noteTag = db.query<void, [number, string]>("UPDATE image SET last_tag_at = ? WHERE id = ?");
    this.#deleteTag = db.query<void, [string]>("DELETE FROM tag WHERE reference = ?");
  }

  /** Oldest first. */
  images(): ImageRow[] {
    return this.#images.all().map((row) => ({ ...row, orphan: row.orphan === 1 }));
  }

  has(id: Digest): boolean {
    return this.#has.get(id) !== null;
  }

  /** Lowest first. */
  layersOf(imageId: Digest): Digest[] {
    return this.#layersOf.all(imageId).map(({ diffId }) => diffId);
  }

  /** Inserts an image over layers that are all known; one that is there stays, and is shown again. */
  putImage(id: Digest, parent: Digest | null, layers: readonly Digest[], now: number): void {
    this.#put.run(id, parent, now);
    for (const [position, diffId] of layers.entries()) this.#putLayerOf.run(id, position, diffId);
  }

  orphan(id: Digest): void {
    this.#setOrphan.run(id);
  }

  /** Its tags go too; its layers stay. */
  deleteImage(id: Digest): void {
    this.#delete.run(id);
  }

  /** Notes a stored layer and the bytes of its files. Known ones stay as they are. */
  putLayer(diffId: Digest, size: number): void {
    this.#putLayer.run(diffId, size);
  }

  layerSizes(): Map<Digest, number> {
    return new Map(this.#layers.all().map(({ diffId, size }) => [diffId, size]));
  }

  /** Throws while an image stands on it. */
  deleteLayer(diffId: Digest): void {
    this.#deleteLayer.run(diffId);
  }

  /** Layers that neither an image nor a remembered build result stands on. */
  unusedLayers(): Digest[] {
    return this.#unused.all().map(({ diffId }) => diffId);
  }

  /** True while some image stands on this layer. */
  standsOn(diffId: Digest): boolean {
    return this.#stoodOn.get(diffId) !== null;
  }

  tags(): TagRow[] {
    return this.#tags.all();
  }

  /** Gives a name to an image, taking it from the one that had it. */
  putTag(reference: string, imageId: Digest, now: number, target: Digest | null): void {
    this.#putTag.run(reference, imageId, now, target);
    this.#noteTag.run(now, imageId);
  }

  deleteTag(reference: string): void {
    this.#deleteTag.run(reference);
  }
}
