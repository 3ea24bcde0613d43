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

/** SQLite's own checks of the file and of its foreign keys, in words. */
export function problemsOf(db: Database): string[] {
  const integrity = db.query("PRAGMA integrity_check(20)").all() as { integrity_check: string }[];
  const keys = db.query("PRAGMA foreign_key_check").all() as {
    table: string;
    rowid: number;
    parent: string;
  }[];
  return [
    ...integrity.map((row) => row.integrity_check).filter((line) => line !== "ok"),
    ...keys.map(
      ({ table, rowid, parent }) => `row ${rowid} of ${table} refers to a ${parent} that is not there`,
    ),
  ];
}
