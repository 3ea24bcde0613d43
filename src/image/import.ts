import {
  type Digest,
  digestOf,
  familiar,
  hostPlatform,
  invalid,
  parsePlatform,
  parseReference,
  rfc3339Nano,
  withDefaultTag,
} from "../core/index.ts";
import type { OciImageConfig } from "../spec/index.ts";
import { decompress } from "./decompress.ts";
import type { ImageStore } from "./image-store.ts";
import type { ImportOptions } from "./types.ts";

/** The last block of a tar is zeros (POSIX.1-1988, two of them). */
const BLOCK = 512;

/** `docker import`. */
export async function importImage(
  store: ImageStore,
  tar: AsyncIterable<Uint8Array>,
  options: ImportOptions,
): Promise<Digest> {
  const references = options.reference ? [withDefaultTag(parseReference(options.reference))] : [];
  const runtime = store.applyChanges({}, options.changes ?? []);
  const { os, architecture, variant } = options.platform ? parsePlatform(options.platform) : hostPlatform();
  await using lease = store.leases.open();
  const { digest: diffId } = await store.layers.storeTar(wholeTar(decompress(tar)), lease);
  await store.layers.unpack(diffId, lease);
  const created = rfc3339Nano();
  const config: OciImageConfig = {
    created,
    architecture,
    ...(variant && { variant }),
    os,
    config: runtime,
    rootfs: { type: "layers", diff_ids: [diffId] },
    history: [{ created, comment: options.message || "Imported from -" }],
  };
  const bytes = Buffer.from(JSON.stringify(config));
  await store.record([{ bytes, config, parent: null, references }], lease);
  const id = digestOf(bytes);
  for (const reference of references) store.announce("tag", id, familiar(reference));
  store.announce("import", id);
  return id;
}

/**
 * Passes a tar on and refuses one that has no end marker: of an upload that was cut off between two files nothing else
 * tells.
 */
async function* wholeTar(tar: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let end: Uint8Array = new Uint8Array(0);
  for await (const piece of tar) {
    end = piece.byteLength >= BLOCK ? piece.slice(-BLOCK) : Buffer.concat([end, piece]).subarray(-BLOCK);
    yield piece;
  }
  if (end.byteLength < BLOCK || end.some((byte) => byte !== 0)) {
    throw invalid("the archive is truncated, or no tar: it has no end marker");
  }
}
