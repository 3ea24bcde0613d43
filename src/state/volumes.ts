import type { Database } from "bun:sqlite";

/** Volumes as rows of name and JSON record. */
export class VolumesTable {
  readonly #put;
  readonly #delete;
  readonly #all;

  constructor(db: Database) {
    this.#put = db.query<void, [string, string]>(
      "INSERT INTO volume (name, record) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET record = excluded.record",
    );
    this.#delete = db.query<void, [string]>("DELETE FROM volume WHERE name = ?");
    this.#all = db.query<{ name: string; record: string }, []>(
      "SELECT name, record FROM volume ORDER BY name",
    );
  }

  put(name: string, record: string): void {
    this.#put.run(name, record);
  }

  delete(name: string): void {
    this.#delete.run(name);
  }

  all(): { name: string; record: string }[] {
    return this.#all.all();
  }
}
