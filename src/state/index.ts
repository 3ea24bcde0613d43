import { BuildCacheTable } from "./build-cache.ts";
import { ContainersTable } from "./containers.ts";
import { openDatabase, problemsOf } from "./database.ts";
import { ImagesTable } from "./images.ts";
import { ManifestsTable } from "./manifests.ts";
import { NetworksTable } from "./networks.ts";
import { ReaperJournalTable } from "./reaper-journal.ts";
import { VolumesTable } from "./volumes.ts";

export type { BuildCacheRow, BuildCacheTable, BuildCacheUse } from "./build-cache.ts";
export type { ContainerRow, ContainersTable } from "./containers.ts";
export type { ImageRow, ImagesTable, TagRow } from "./images.ts";
export type { ManifestPart, ManifestRow, ManifestsTable } from "./manifests.ts";
export type { EndpointRow, NetworkRow, NetworksTable } from "./networks.ts";
export type { VolumesTable } from "./volumes.ts";

/** Everything the engine remembers: one SQLite file, one writer (this process). */
export interface State {
  /** Runs `work` in one transaction: all of it is kept, or, when it throws, nothing. Nested calls join in. */
  transaction<T>(work: () => T): T;
  readonly containers: ContainersTable;
  readonly images: ImagesTable;
  readonly manifests: ManifestsTable;
  readonly networks: NetworksTable;
  readonly volumes: VolumesTable;
  readonly buildCache: BuildCacheTable;
  readonly reaperJournal: ReaperJournalTable;
  /** What is wrong with the file itself, or with rows that refer to each other, a line each. Empty when all is well. */
  problems(): string[];
  close(): void;
}

/** Opens or makes the database file. @throws unavailable when a newer version wrote it */
export function openState(path: string): State {
  const db = openDatabase(path);
  return {
    transaction: (work) => (db.inTransaction ? work() : db.transaction(work)()),
    containers: new ContainersTable(db),
    images: new ImagesTable(db),
    manifests: new ManifestsTable(db),
    networks: new NetworksTable(db),
    volumes: new VolumesTable(db),
    buildCache: new BuildCacheTable(db),
    reaperJournal: new ReaperJournalTable(db),
    problems: () => problemsOf(db),
    close: () => db.close(),
  };
}
