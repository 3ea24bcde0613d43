import type { Database } from "bun:sqlite";
import type { ReaperJob, ReaperJournal } from "../process/index.ts";

/** The reaper's jobs, so that a killed daemon finishes them at its next start. */
export class ReaperJournalTable implements ReaperJournal {
  readonly #add;
  readonly #remove;
  readonly #list;

  constructor(db: Database) {
    this.#add = db.query<{ id: number }, [string, string]>(
      "INSERT INTO reaper_job (kind, payload) VALUES (?, ?) RETURNING id",
    );
    this.#remove = db.query<void, [number]>("DELETE FROM reaper_job WHERE id = ?");
    this.#list = db.query<ReaperJob, []>("SELECT id, kind, payload FROM reaper_job ORDER BY id");
  }

  add(kind: string, payload: string): number {
    return (this.#add.get(kind, payload) as { id: number }).id;
  }

  remove(id: number): void {
    this.#remove.run(id);
  }

  list(): ReaperJob[] {
    return this.#list.all();
  }
}
