import type { Database } from "bun:sqlite";
import type { Digest } from "../core/index.ts";

/** What a manifest or an index refers to, in its order. */
export interface ManifestPart {
  /** The blob as it travels: a layer, or for an index another manifest. Not all of them need be stored. */
  readonly digest: Digest;
  /** Of a layer: the digest of its plain tar. */
  readonly diffId: Digest | null;
}

export interface ManifestRow {
  readonly digest: Digest;
  readonly mediaType: string;
  /** The image a manifest describes; null for an index. */
  readonly imageId: Digest | null;
  readonly parts: readonly ManifestPart[];
}

/** Manifests and indexes as registries know them. Their bytes are in the content store. */
export class ManifestsTable {
  readonly #all;
  readonly #parts;
  readonly #put;
  readonly #putPart;
  readonly #delete;
  readonly #holds;
  readonly #hasLayer;

  constructor(db: Database) {
    type Stored = { digest: Digest; mediaType: string; imageId: Digest | null };
    this.#all = db.query<Stored, []>(
      "SELECT digest, media_type AS mediaType, image_id AS imageId FROM manifest ORDER BY rowid",
    );
    this.#parts = db.query<ManifestPart & { manifest: Digest }, []>(
      "SELECT manifest, digest, diff_id AS diffId FROM manifest_part ORDER BY manifest, position",
    );
    this.#put = db.query<void, [string, string, string | null]>(
      "INSERT OR IGNORE INTO manifest (digest, media_type, image_id) VALUES (?, ?, ?)",
    );
    this.#putPart = db.query<void, [string, number, string, string | null]>(
      "INSERT OR IGNORE INTO manifest_part (manifest, position, digest, diff_id) VALUES (?, ?, ?, ?)",
    );
    this.#delete = db.query<void, [string]>("DELETE FROM manifest WHERE digest = ?");
    this.#holds = db.query<{ one: number }, [string, string]>(
      `SELECT 1 AS one FROM manifest_part WHERE digest = ?
       UNION ALL SELECT 1 FROM manifest WHERE digest = ? LIMIT 1`,
    );
    this.#hasLayer = db.query<{ one: number }, [string, string]>(
      "SELECT 1 AS one FROM manifest_part WHERE digest = ? AND diff_id = ? LIMIT 1",
    );
  }

  /** In the order in which they came. */
  all(): ManifestRow[] {
    const partsOf = new Map<Digest, ManifestPart[]>();
    for (const { manifest, digest, diffId } of this.#parts.all()) {
      const parts = partsOf.get(manifest);
      if (parts) parts.push({ digest, diffId });
      else partsOf.set(manifest, [{ digest, diffId }]);
    }
    return this.#all.all().map((row) => ({ ...row, parts: partsOf.get(row.digest) ?? [] }));
  }

  /** One that is there stays as it is: a digest says it all. */
  put({ digest, mediaType, imageId, parts }: ManifestRow): void {
    this.#put.run(digest, mediaType, imageId);
    for (const [position, part] of parts.entries()) {
      this.#putPart.run(digest, position, part.digest, part.diffId);
    }
  }

  delete(digest: Digest): void {
    this.#delete.run(digest);
  }

  /** True when a manifest has a layer whose blob is `digest` and whose plain tar is `diffId`. */
  hasLayer(digest: Digest, diffId: Digest): boolean {
    return this.#hasLayer.get(digest, diffId) !== null;
  }

  /** True for a manifest that is stored and for whatever one of them refers to. */
  holds(digest: Digest): boolean {
    return this.#holds.get(digest, digest) !== null;
  }
}
