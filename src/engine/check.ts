import type { Images } from "../image/index.ts";
import type { LayerStore, Snapshots } from "../snapshot/index.ts";
import type { CheckFinding, CheckReply } from "../spec/index.ts";
import type { State } from "../state/index.ts";

export interface CheckParts {
  readonly state: State;
  readonly images: Images;
  readonly layers: LayerStore;
  readonly snapshots: Snapshots;
}

/** `system check`: the database in itself, the images, and what containers stand on. */
export async function checkEverything(
  { state, images, layers, snapshots }: CheckParts,
  options: { repair: boolean; signal: AbortSignal },
): Promise<CheckReply> {
  const findings: CheckFinding[] = state.problems().map((problem) => ({
    Subject: "database",
    Problem: problem,
    Repaired: false,
    Action: "stop the engine and restore the database from a backup",
  }));
  const store = await images.check(options);
  findings.push(...store.findings);
  for (const diffId of snapshots.layersInUse()) {
    if (layers.has(diffId)) continue;
    findings.push({
      Subject: `layer ${diffId}`,
      Problem: "a container stands on it, and it is missing",
      Repaired: false,
      Action: "pull or load an image with this layer again, or remove the container",
    });
  }
  return {
    Blobs: store.blobs,
    Bytes: store.bytes,
    Layers: store.layers,
    Images: store.images,
    Findings: findings,
  };
}
