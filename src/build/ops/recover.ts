import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Rooms } from "./rooms.ts";

/** Keys of the scratch filesystems of build steps; containers' keys never look like this. */
export const SCRATCH_PREFIX = "build-";

const bundles = (execRoot: string) => join(execRoot, "build");

/** Where the bundle of a running step is. */
export function stepBundle(execRoot: string, id: string): string {
  return join(bundles(execRoot), id);
}

/** Where the network namespace of a step is pinned. */
export function stepNamespace(bundle: string): string {
  return join(bundle, "netns");
}

/**
 * Removes what builds of a killed engine left: processes, namespaces, bundles, mounts, files. Call it once, before
 * the first build.
 */
export async function recoverBuilds(
  rooms: Pick<Rooms, "runtime" | "networks" | "snapshots" | "execRoot" | "tempRoot">,
): Promise<void> {
  const { runtime, networks, snapshots, execRoot, tempRoot } = rooms;
  for (const id of existsSync(bundles(execRoot)) ? readdirSync(bundles(execRoot)) : []) {
    const bundle = stepBundle(execRoot, id);
    await runtime.killAll(id, bundle);
    await runtime.delete(id);
    for (const endpoint of networks.endpointsOf(id)) await networks.disconnect(endpoint.id);
    networks.removeNamespace(stepNamespace(bundle));
    rmSync(bundle, { recursive: true, force: true });
  }
  for (const key of snapshots.list()) if (key.startsWith(SCRATCH_PREFIX)) await snapshots.remove(key);
  rmSync(tempRoot, { recursive: true, force: true });
}
