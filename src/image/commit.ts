import { type Digest, digestOf, rfc3339Nano } from "../core/index.ts";
import type { OciImageConfig } from "../spec/index.ts";
import type { ImageStore } from "./image-store.ts";
import { orderedConfig } from "./runtime-config.ts";
import { BLOCK } from "./tar/header.ts";
import type { CommitOptions, Image } from "./types.ts";

/** A tar of nothing: its end marker alone. */
const NO_ENTRIES: Digest = digestOf(new Uint8Array(2 * BLOCK));

/** `docker commit`: what was written over an image becomes one more layer; see `Images.commitLayer`. */
export async function commitLayer(
  store: ImageStore,
  tar: AsyncIterable<Uint8Array>,
  { base, config, createdBy, author, comment, reference }: CommitOptions,
): Promise<Image> {
  await using lease = store.leases.open();
  for (const diffId of base.layers) lease.hold(diffId);
  const { digest } = await store.layers.storeTar(tar, lease);
  const changed = digest !== NO_ENTRIES;
  if (changed) await store.layers.unpack(digest, lease);
  const { architecture, os, variant, history = [] } = base.config;
  const created = rfc3339Nano();
  const made: OciImageConfig = {
    created,
    ...(author && { author }),
    architecture,
    ...(variant && { variant }),
    os,
    config: orderedConfig(config),
    rootfs: { type: "layers", diff_ids: [...base.layers, ...(changed ? [digest] : [])] },
    history: [
      ...history,
      {
        created,
        ...(createdBy && { created_by: createdBy }),
        ...(author && { author }),
        ...(comment && { comment }),
        ...(changed ? {} : { empty_layer: true }),
      },
    ],
  };
  // An image that was removed by force is kept for its containers alone: nothing can be made from it any more.
  const parent = store.find(base.id);
  return await store.commit(made, {
    ...(reference && { tags: [reference] }),
    ...(parent && { parent: parent.id }),
  });
}
