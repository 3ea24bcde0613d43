import type { ContentStore, PartialBlob } from "../content/index.ts";
import { BerthError, type Digest, Digester, invalid, unavailable } from "../core/index.ts";
import { openCompressed } from "./decompress.ts";
import type { Lease } from "./leases.ts";
import type { StoredLayers } from "./stored-layers.ts";

/** A layer as a manifest and the image's configuration name it. */
export interface RemoteLayer {
  /** Of the blob as it travels. */
  readonly digest: Digest;
  /** Bytes of that blob. */
  readonly size: number;
  /** Of the plain tar in it. */
  readonly diffId: Digest;
}

/** How far a layer has come. */
export interface ArrivalProgress {
  /** @param current bytes of the blob that are here */
  downloading(current: number): void;
  /** All of the blob is here and its digest is right. */
  verified(): void;
  /** Its tar is being made mountable. */
  unpacking(): void;
}

export interface ArrivalStores {
  readonly content: ContentStore;
  readonly layers: StoredLayers;
  /** Compressed blobs are not kept. */
  readonly lean: boolean;
  /** It was seen, when it came, that this is what is in that blob. */
  isLayerBlob(digest: Digest, diffId: Digest): boolean;
  /** It is seen now. */
  noteLayerBlob(digest: Digest, diffId: Digest): void;
}

/**
 * Both forms are here: to run it, and (unless lean) to send it on as it came. That the one is in the other must be known:
 * a manifest that pairs what does not belong together would be sent on, and its blob taken for that layer ever after.
 */
export function hasLayer(stores: ArrivalStores, layer: RemoteLayer): boolean {
  const { content, layers, lean } = stores;
  return layers.has(layer.diffId) && (lean || (content.has(layer.digest) && isKnownPair(stores, layer)));
}

function isKnownPair(stores: ArrivalStores, { digest, diffId }: RemoteLayer): boolean {
  return digest === diffId || stores.isLayerBlob(digest, diffId);
}

/**
 * One pass over a layer's blob: hash, keep, decompress, hash, keep, then make it mountable. `open` gives the blob from a
 * byte on; what an earlier try kept is not asked for again. All that is new belongs to `lease`.
 * @throws invalid when it is not what its digests say (nothing of it stays); whatever `open` throws (what came stays,
 * to go on with another time)
 */
export async function receiveLayer(
  stores: ArrivalStores,
  layer: RemoteLayer,
  open: (from: number) => AsyncIterable<Uint8Array>,
  lease: Lease,
  progress: ArrivalProgress,
): Promise<void> {
  const { content, layers, lean } = stores;
  const { digest, diffId } = layer;
  const plainIsHere = layers.has(diffId);
  if (plainIsHere) lease.hold(diffId);
  if (content.has(digest)) {
    lease.hold(digest);
    const isTrusted = plainIsHere && isKnownPair(stores, layer);
    if (!isTrusted && digest !== diffId) await takePlain(stores, layer, content.stream(digest), lease);
  } else {
    const partial = await content.partial(digest);
    try {
      let isVerified = false;
      const blob = arriving(layer, partial, open, progress, () => {
        isVerified = true;
      });
      if (digest === diffId) for await (const _ of blob);
      else await takePlain(stores, layer, blob, lease);
      // A decoder may have seen the end of its data before that of the blob.
      if (!isVerified) throw invalid(`layer ${digest} goes on after the end of its compressed data`);
      progress.verified();
      if (lean && digest !== diffId) await partial.discard();
      else {
        lease.hold(digest);
        if (await partial.commit()) lease.made(digest);
      }
    } catch (error) {
      if (error instanceof BerthError && error.kind === "invalid") await partial.discard();
      throw error;
    } finally {
      await partial.close();
    }
  }
  stores.noteLayerBlob(digest, diffId);
  if (plainIsHere) return;
  progress.unpacking();
  await layers.unpack(diffId, lease);
}

/** The blob as it comes, verified before its last byte is passed on. */
async function* arriving(
  { digest, size }: RemoteLayer,
  partial: PartialBlob,
  open: (from: number) => AsyncIterable<Uint8Array>,
  progress: ArrivalProgress,
  verified: () => void,
): AsyncGenerator<Uint8Array> {
  const seen = new Digester();
  if (partial.size > size) throw invalid(`what was kept of layer ${digest} is longer than its ${size} bytes`);
  for await (const piece of partial.kept()) {
    seen.update(piece);
    yield piece;
  }
  progress.downloading(seen.size);
  if (seen.size < size) {
    for await (const piece of open(seen.size)) {
      if (seen.size + piece.byteLength > size)
        throw invalid(`layer ${digest} is longer than its ${size} bytes`);
      seen.update(piece);
      await partial.write(piece);
      progress.downloading(seen.size);
      yield piece;
    }
  }
  const got = seen.size;
  if (got < size) throw unavailable(`layer ${digest} ended after ${got} of ${size} bytes`);
  const found = seen.digest();
  if (found !== digest) {
    throw invalid(`filesystem layer verification failed for digest ${digest}: what came has ${found}`);
  }
  verified();
}

/** Keeps what is in a blob; of a layer whose tar is stored only looks whether it is that. */
async function takePlain(
  { layers }: ArrivalStores,
  { digest, diffId }: RemoteLayer,
  blob: AsyncIterable<Uint8Array>,
  lease: Lease,
): Promise<void> {
  try {
    const { plain } = await openCompressed(blob);
    if (!layers.has(diffId)) {
      await layers.storeTar(plain, lease, diffId);
      return;
    }
    const seen = new Digester();
    for await (const piece of plain) seen.update(piece);
    const found = seen.digest();
    if (found !== diffId) throw invalid(`content has digest ${found}, expected ${diffId}`);
  } catch (error) {
    if (!(error instanceof BerthError) || error.message.includes(digest)) throw error;
    throw new BerthError(error.kind, `layer ${digest}: ${error.message}`, { cause: error });
  }
}
