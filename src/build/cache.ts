import { type Digest, isDigest } from "../core/index.ts";
import type { BuildCacheTable } from "../state/index.ts";
import type { DateStore } from "./export/dates.ts";
import type { Result } from "./ops/index.ts";
import type { ResultCache } from "./solver/index.ts";

/** What a row holds besides its layers. */
interface CacheRecord {
  /** When each layer was made; null for layers of images. */
  readonly made?: readonly (string | null)[];
  /** When a step that makes no layer was first built. */
  readonly dated?: string;
}

/** Results of steps in the database. A result of which a layer is gone is no result. */
export class BuildCache implements ResultCache<Result> {
  readonly #table: BuildCacheTable;
  readonly #isStored: (diffId: Digest) => boolean;
  readonly #used = new Set<Digest>();

  /** @param isStored whether a layer is there, mountable and as a tar */
  constructor(table: BuildCacheTable, isStored: (diffId: Digest) => boolean) {
    this.#table = table;
    this.#isStored = isStored;
  }

  load(key: Digest): Result | undefined {
    const row = this.#table.get(key);
    const made = row && (JSON.parse(row.record) as CacheRecord).made;
    if (!row || !made) return undefined;
    const layers = row.layers.flatMap((diffId, at) => {
      if (!isDigest(diffId) || !this.#isStored(diffId)) return [];
      const created = made[at];
      return [{ diffId, ...(created && { created }) }];
    });
    if (layers.length !== row.layers.length) return undefined;
    this.#used.add(key);
    return { kind: "layers", layers };
  }

  save(keys: readonly Digest[], result: Result): void {
    if (result.kind !== "layers") return;
    const record: CacheRecord = { made: result.layers.map(({ created }) => created ?? null) };
    const layers = result.layers.map(({ diffId }) => diffId);
    this.#table.put(keys.map((key) => ({ key, record: JSON.stringify(record), layers })));
  }

  /** Dates for one build. Without the cache, every step is dated anew. */
  dates(useCache: boolean): DateStore {
    return {
      load: (key) => {
        const row = useCache ? this.#table.get(key) : undefined;
        if (row) this.#used.add(key);
        return row && (JSON.parse(row.record) as CacheRecord).dated;
      },
      save: (key, dated) => {
        const record: CacheRecord = { dated };
        this.#table.put([{ key, record: JSON.stringify(record), layers: [] }]);
      },
    };
  }

  /** Writes down what was of use since the last call. */
  flush(): void {
    this.#table.touch(this.#used);
    this.#used.clear();
  }
}
