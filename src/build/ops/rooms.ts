import type { ContentStore } from "../../content/index.ts";
import type { Digest } from "../../core/index.ts";
import type { Networks } from "../../network/index.ts";
import type { Runtime } from "../../runtime/index.ts";
import type { LayerStore, Snapshots } from "../../snapshot/index.ts";

/** The parts of the engine that operations work with. */
export interface Rooms {
  readonly content: ContentStore;
  readonly layers: LayerStore;
  readonly snapshots: Snapshots;
  readonly runtime: Runtime;
  readonly networks: Networks;
  /** Cgroup below which steps run, e.g. `/berth`. */
  readonly cgroupParent: string;
  /** The most open files that a step may be given. */
  readonly openFiles: { readonly hard: number };
  /** Run-time state; bundles of running steps are below it. */
  readonly execRoot: string;
  /** Directory for files that live no longer than a build. */
  readonly tempRoot: string;
  /** Keeps a layer until the build ends, before anything else speaks of it. */
  readonly keep: (diffId: Digest) => void;
  readonly log: (message: string) => void;
}
