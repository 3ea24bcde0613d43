import type { Database } from "bun:sqlite";

export interface ContainerRow {
  readonly id: string;
  readonly name: string;
  readonly imageId: string;
  /** The container room's own record, as JSON. */
  readonly record: string;
}

/** Containers as rows; what is in a record is the container room's business. */
export class ContainersTable {
  readonly #put;
  readonly #delete;
  readonly #all;

  constructor(db: Database) {
    this.#put = db.query<void, [string, string, string, string]>(
      `INSERT INTO container (id, name, image_id, record) VALUES (?, ?, ?, ?)
       ON CONFLICT (id) DO UPDATE SET name = excluded.name, image_id = excluded.image_id, record = excluded.record`,
    );
    this.#delete = db.query<void, [string]>("DELETE FROM container WHERE id = ?");
    this.#all = db.query<{ id: string; name: string; image_id: string; record: string }, []>(
      "SELECT id, name, image_id, record FROM container ORDER BY rowid",
    );
  }

  /** Inserts or replaces. A name that another container has breaks the row's UNIQUE rule and throws. */
  put(row: ContainerRow): void {
    this.#put.run(row.id, row.name, row.imageId, row.record);
  }

  delete(id: string): void {
    this.#delete.run(id);
  }

  /** Oldest first. */
  all(): ContainerRow[] {
    return this.#all
      .all()
      .map((row) => ({ id: row.id, name: row.name, imageId: row.image_id, record: row.record }));
  }
}
