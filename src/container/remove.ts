import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { conflict } from "../core/index.ts";
import type { Container } from "./container.ts";
import {
  bundleOf,
  type ContainerContext,
  type ContainerParts,
  dataOf,
  netnsOf,
  publishContainer,
} from "./parts.ts";

/**
 * Removes what a stopped container left behind: the runtime's state and cgroup, the network namespace's pin and, last,
 * the bundle, whose presence says that there is something to clean.
 */
export async function cleanUp(parts: ContainerParts, id: string): Promise<void> {
  const bundle = bundleOf(parts, id);
  if (!existsSync(bundle)) return;
  await parts.runtime.delete(id);
  parts.networks.removeNamespace(netnsOf(parts, id));
  await rm(bundle, { recursive: true, force: true });
}

/** The reaper's part: jobs that an earlier daemon left find their container gone or not running. */
export function handleReaping(context: ContainerContext): void {
  context.reaper.handle("container-stopped", async (id) => {
    const container = context.store.get(id);
    await container?.changes.run(async () => {
      if (!container.alive && !container.removing) await cleanUp(context, id);
    });
  });
  context.reaper.handle("image-collect", () => context.images.collect());
  context.reaper.handle("container-removed", async (id) => {
    await cleanUp(context, id);
    await context.snapshots.remove(id);
    await rm(dataOf(context, id), { recursive: true, force: true });
  });
}

/**
 * Removes a container that does not run: its row and name at once, the files by the reaper. The job and the row's end
 * are one transaction, so nothing is left behind whenever the daemon dies. Runs inside the container's `changes`.
 */
export async function removeContainer(
  context: ContainerContext,
  container: Container,
  options: { volumes?: boolean },
): Promise<void> {
  const { id, anonymousVolumes, state } = container.record;
  container.removing = true;
  context.state.transaction(() => {
    context.reaper.enqueue("container-removed", id);
    context.store.remove(container);
  });
  container.abandonPending();
  context.onRemoved(container);
  if (options.volumes) {
    for (const name of anonymousVolumes) {
      if (context.store.usersOfVolume(name).length === 0) await context.volumes.remove(name);
    }
  }
  publishContainer(context, container, "destroy");
  container.notify(["not-running", "next-exit", "removed"], { exitCode: state.exitCode });
}

/** Refuses a second removal while one is under way, in Docker's words. */
export function assertNotRemoving(container: Container): void {
  if (container.removing) throw conflict(`removal of container ${container.id} is already in progress`);
}
