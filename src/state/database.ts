import { Database } from "bun:sqlite";
import { unavailable } from "../core/index.ts";
import { MIGRATIONS } from "./schema.ts";

/**
 * Opens (or makes) the database and brings its schema up to date.
 * WAL with `synchronous = NORMAL`: a killed process loses nothing that was committed; only a power cut may lose
 * the last transactions, never the file's consistency (sqlite.org/wal.html).
 */
export function openDatabase(path: string): Database {
  const db = new Database(path, { create: true, strict: true });
  db.run("PRAGMA journal_mode = WAL");
  db.run("PRAGMA synchronous = NORMAL");
  db.run("PRAGMA foreign_keys = ON");
  db.run("PRAGMA busy_timeout = 5000");
  migrate(db, path);
  return db;
}

function migrate(db: Database, path: string): void {
  const { user_version: version } = db.query("PRAGMA user_version").get() as { user_version: number };
  if (version > MIGRATIONS.length) {
    db.close();
    throw unavailable(
      `${path} was written by a newer berth (schema ${version}); this one knows ${MIGRATIONS.length}`,
    );
  }
  for (let next = version; next < MIGRATIONS.length; next++) {
    db.transaction(() => {
      db.run(MIGRATIONS[next] as string);
      db.run(`PRAGMA user_version = ${next + 1}`);
    })();
  }
}
