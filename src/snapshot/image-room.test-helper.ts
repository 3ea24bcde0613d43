import { join } from "node:path";
import { type ContentStore, openContent } from "../content/index.ts";
import { type Images, openImages } from "../image/index.ts";
import { openState, type State } from "../state/index.ts";
import { openLayers } from "./layers.ts";
import { openSnapshots } from "./snapshots.ts";
import type { LayerStore, Snapshots } from "./types.ts";

/** The rooms that keep images, over one data root, as the engine joins them. */
export interface TestRooms {
  readonly state: State;
  readonly content: ContentStore;
  readonly layers: LayerStore;
  readonly snapshots: Snapshots;
  readonly images: Images;
}

export async function openTestRoom(root: string): Promise<TestRooms> {
  const state = openState(join(root, "state.db"));
  const content = openContent(join(root, "content"));
  const layers = await openLayers(join(root, "layers"));
  const snapshots = openSnapshots(join(root, "snapshots"), layers);
  const images = await openImages({
    state,
    content,
    layers,
    uses: () => [],
    applyChanges: (config) => config,
    publish: () => undefined,
    log: () => undefined,
  });
  return { state, content, layers, snapshots, images };
}
