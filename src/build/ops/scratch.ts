import type { Digest } from "../../core/index.ts";
import { newId, rfc3339Nano } from "../../core/index.ts";
import { UndoStack } from "../../process/index.ts";
import { SCRATCH_PREFIX } from "./recover.ts";
import { type Layer, mountable, type Result } from "./result.ts";
import type { Rooms } from "./rooms.ts";

/** The layers of a result that must be a filesystem. */
export function layersOf(result: Result | undefined): readonly Layer[] {
  if (result === undefined) return [];
  if (result.kind !== "layers") throw new TypeError("a filesystem was expected, not files");
  return result.layers;
}

/** A mounted stack of layers with a writable one on top; everything written goes with `dispose`. */
export class Scratch implements AsyncDisposable {
  readonly key = SCRATCH_PREFIX + newId();
  readonly root: string;
  readonly #rooms: Pick<Rooms, "snapshots">;

  constructor(rooms: Pick<Rooms, "snapshots">, layers: readonly Layer[]) {
    this.#rooms = rooms;
    rooms.snapshots.create(this.key, mountable(layers));
    try {
      this.root = rooms.snapshots.mount(this.key);
    } catch (error) {
      void rooms.snapshots.remove(this.key);
      throw error;
    }
  }

  unmount(): void {
    this.#rooms.snapshots.unmount(this.key);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#rooms.snapshots.remove(this.key);
  }
}

/**
 * Makes what was written in an unmounted scratch a layer: its tar is hashed into the content store, its directory
 * moves to the layers. All of it, or nothing stays.
 */
export async function commitScratch(rooms: Rooms, scratch: Scratch, base: readonly Layer[]): Promise<Result> {
  await using undo = new UndoStack(rooms.log);
  const { digest } = await rooms.content.ingest(rooms.snapshots.layerTar(scratch.key), {
    claim: rooms.keep,
  });
  undo.defer("store the layer's tar", async () => {
    if (!rooms.layers.has(digest)) await rooms.content.delete(digest);
  });
  await adopt(rooms, digest, scratch, undo);
  undo.commit();
  return { kind: "layers", layers: [...base, { diffId: digest, created: rfc3339Nano() }] };
}

async function adopt(rooms: Rooms, diffId: Digest, scratch: Scratch, undo: UndoStack): Promise<void> {
  if (rooms.layers.has(diffId)) return;
  await rooms.layers.adopt(diffId, rooms.snapshots.upper(scratch.key));
  undo.defer("store the layer", () => rooms.layers.remove(diffId));
}
