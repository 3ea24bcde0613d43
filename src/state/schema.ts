/**
 * The database's schema as a list of migrations, applied in order and once. Never change one that has shipped:
 * add another.
 */
export const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE image (
    id TEXT PRIMARY KEY,
    parent TEXT,
    stored_at INTEGER NOT NULL,
    last_tag_at INTEGER,
    orphan INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE TABLE image_layer (
    image_id TEXT NOT NULL REFERENCES image (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    diff_id TEXT NOT NULL REFERENCES layer (diff_id),
    PRIMARY KEY (image_id, position)
  ) STRICT;
  CREATE INDEX image_layer_by_layer ON image_layer (diff_id);
  CREATE TABLE layer (
    diff_id TEXT PRIMARY KEY,
    size INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE tag (
    reference TEXT PRIMARY KEY,
    image_id TEXT NOT NULL REFERENCES image (id) ON DELETE CASCADE,
    tagged_at INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX tag_by_image ON tag (image_id);
  CREATE TABLE container (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    image_id TEXT NOT NULL,
    record TEXT NOT NULL
  ) STRICT;
  CREATE INDEX container_by_image ON container (image_id);
  CREATE TABLE network (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    record TEXT NOT NULL
  ) STRICT;
  CREATE TABLE endpoint (
    id TEXT PRIMARY KEY,
    network_id TEXT NOT NULL REFERENCES network (id),
    container_id TEXT NOT NULL,
    address TEXT,
    record TEXT NOT NULL,
    UNIQUE (network_id, address)
  ) STRICT;
  CREATE INDEX endpoint_by_container ON endpoint (container_id);
  CREATE TABLE volume (
    name TEXT PRIMARY KEY,
    record TEXT NOT NULL
  ) STRICT;
  CREATE TABLE build_cache (
    key TEXT PRIMARY KEY,
    record TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    used_at INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE build_cache_layer (
    key TEXT NOT NULL REFERENCES build_cache (key) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    diff_id TEXT NOT NULL,
    PRIMARY KEY (key, position)
  ) STRICT;
  CREATE INDEX build_cache_layer_by_layer ON build_cache_layer (diff_id);
  CREATE TABLE reaper_job (
    id INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    payload TEXT NOT NULL
  ) STRICT;
  `,
  `
  CREATE TABLE manifest (
    digest TEXT PRIMARY KEY,
    media_type TEXT NOT NULL,
    image_id TEXT REFERENCES image (id) ON DELETE CASCADE
  ) STRICT;
  CREATE INDEX manifest_by_image ON manifest (image_id);
  CREATE TABLE manifest_part (
    manifest TEXT NOT NULL REFERENCES manifest (digest) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    digest TEXT NOT NULL,
    diff_id TEXT,
    PRIMARY KEY (manifest, position)
  ) STRICT;
  CREATE INDEX manifest_part_by_digest ON manifest_part (digest);
  ALTER TABLE tag ADD COLUMN target TEXT;
  CREATE INDEX tag_by_target ON tag (target);
  `,
];
