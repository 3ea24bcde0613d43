import type { Database } from "bun:sqlite";

export interface BuildCacheRow {
  readonly key: string;
  /** The build room's own record, as JSON. */
  readonly record: string;
  /** Layers that the result stands on, lowest first, by diffID. */
  readonly layers: readonly string[];
}

export interface BuildCacheUse {
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly usedAt: number;
}

/** Results of build steps by key, and the layers they hold; what is in a record is the build room's business. */
export class BuildCacheTable {
  readonly #get;
  readonly #layersOf;
  readonly #put;
  readonly #dropLayers;
  readonly #putLayer;
  readonly #touch;
  readonly #delete;
  readonly #uses;
  readonly #held;
  readonly #allHeld;
  readonly #inTransaction: (work: () => void) => void;

  constructor(db: Database) {
    this.#get = db.query<{ record: string }, [string]>("SELECT record FROM build_cache WHERE key = ?");
    this.#layersOf = db.query<{ diffId: string }, [string]>(
      "SELECT diff_id AS diffId FROM build_cache_layer WHERE key = ? ORDER BY position",
    );
    this.#put = db.query<void, [string, string, number, number]>(
      `INSERT INTO build_cache (key, record, created_at, used_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (key) DO UPDATE SET
         record = excluded.record, created_at = excluded.created_at, used_at = excluded.used_at`,
    );
    this.#dropLayers = db.query<void, [string]>("DELETE FROM build_cache_layer WHERE key = ?");
    this.#putLayer = db.query<void, [string, number, string]>(
      "INSERT INTO build_cache_layer (key, position, diff_id) VALUES (?, ?, ?)",
    );
    this.#touch = db.query<void, [number, string]>("UPDATE build_cache SET used_at = ? WHERE key = ?");
    this.#delete = db.query<void, [string]>("DELETE FROM build_cache WHERE key = ?");
    this.#uses = db.query<BuildCacheUse, []>(
      "SELECT key, created_at AS createdAt, used_at AS usedAt FROM build_cache ORDER BY used_at, key",
    );
    this.#held = db.query<{ one: number }, [string]>(
      "SELECT 1 AS one FROM build_cache_layer WHERE diff_id = ? LIMIT 1",
    );
    this.#allHeld = db.query<{ diffId: string }, []>(
      "SELECT DISTINCT diff_id AS diffId FROM build_cache_layer ORDER BY diff_id",
    );
    this.#inTransaction = (work) => (db.inTransaction ? work() : db.transaction(work)());
  }

  get(key: string): BuildCacheRow | undefined {
    const found = this.#get.get(key);
    if (!found) return undefined;
    return { key, record: found.record, layers: this.#layersOf.all(key).map(({ diffId }) => diffId) };
  }

  /** Inserts or replaces every row, in one transaction. */
  put(rows: readonly BuildCacheRow[], now = Date.now()): void {
    this.#inTransaction(() => {
      for (const { key, record, layers } of rows) {
        this.#put.run(key, record, now, now);
        this.#dropLayers.run(key);
        for (const [position, diffId] of layers.entries()) this.#putLayer.run(key, position, diffId);
      }
    });
  }

  /** Notes that these were of use just now. */
  touch(keys: Iterable<string>, now = Date.now()): void {
    this.#inTransaction(() => {
      for (const key of keys) this.#touch.run(now, key);
    });
  }

  delete(keys: Iterable<string>): void {
    this.#inTransaction(() => {
      for (const key of keys) this.#delete.run(key);
    });
  }

  /** Every key, the longest unused first. */
  uses(): BuildCacheUse[] {
    return this.#uses.all();
  }

  /** True while some remembered result stands on this layer. */
  holds(diffId: string): boolean {
    return this.#held.get(diffId) !== null;
  }

  /** Every layer that some remembered result stands on. */
  heldLayers(): string[] {
    return this.#allHeld.all().map(({ diffId }) => diffId);
  }
}
