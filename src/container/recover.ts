import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { messageOf, rfc3339Nano } from "../core/index.ts";
import type { Container } from "./container.ts";
import { watchForExit } from "./exit.ts";
import { bundleOf, type ContainerContext } from "./parts.ts";
import { cleanUp, removeContainer } from "./remove.ts";
import { startContainer } from "./start.ts";
import { unpause } from "./stop.ts";

/** Containers whose processes may still be there: what the network room must keep. */
export function liveIds(context: ContainerContext): Set<string> {
  return new Set(
    context.store
      .all()
      .filter((container) => container.alive && existsSync(bundleOf(context, container.id)))
      .map(({ id }) => id),
  );
}

/**
 * Takes up the containers that an earlier daemon left: those that run are followed again, those that ended meanwhile
 * get their exit code, those that were to be restarted are, and what belongs to nobody is removed.
 */
export async function recoverContainers(context: ContainerContext): Promise<void> {
  for (const container of context.store.all()) {
    const { state, hostConfig, stoppedByUser } = container.record;
    if (container.alive && existsSync(bundleOf(context, container.id))) {
      // The exit watch tells at once when the end came while nobody watched.
      watchForExit(context, container, startContainer);
      if (state.status === "paused" && state.pausedBriefly) await resume(context, container);
      continue;
    }
    if (container.alive) recordLoss(context, container);
    if (hostConfig.AutoRemove && container.record.state.status === "exited") {
      await container.changes.run(() => removeContainer(context, container, { volumes: true }));
      continue;
    }
    const policy = hostConfig.RestartPolicy.Name;
    const again =
      state.status === "restarting" ||
      ((policy === "always" || (policy === "unless-stopped" && !stoppedByUser)) &&
        container.record.state.status === "exited");
    if (again) {
      startContainer(context, container).catch((error) => {
        context.log(`restart of ${container.id} failed: ${messageOf(error)}`);
      });
    }
  }
  await removeStrays(context);
}

/** An engine that froze it for an operation died before the end. */
async function resume(context: ContainerContext, container: Container): Promise<void> {
  try {
    await unpause(context, container);
  } catch (error) {
    // It may have been killed, or not have come to stand still.
    context.log(`container ${container.id} was frozen and cannot be let go on: ${messageOf(error)}`);
  }
}

/** The host went down under it: there is no exit code to be had. */
function recordLoss(context: ContainerContext, container: Container): void {
  const { state } = container.record;
  container.record.state = {
    ...state,
    status: "exited",
    pid: 0,
    monitorPid: 0,
    exitCode: 255,
    finishedAt: rfc3339Nano(),
  };
  context.store.save(container);
}

/** Bundles of containers that do not run: a start that was cut off half-way, or a stop whose clean-up was. */
async function removeStrays(context: ContainerContext): Promise<void> {
  const bundles = `${context.execRoot}/containers`;
  mkdirSync(bundles, { recursive: true, mode: 0o711 });
  for (const id of readdirSync(bundles)) {
    const container = context.store.get(id);
    if (container?.alive) continue;
    await context.runtime.killAll(id, bundleOf(context, id), container?.record.hostConfig.Runtime);
    await cleanUp(context, id);
    context.snapshots.unmount(id);
  }
  const data = `${context.dataRoot}/containers`;
  mkdirSync(data, { recursive: true, mode: 0o710 });
  const known = new Set(readdirSync(data).filter((id) => !context.store.get(id)));
  for (const id of known) context.reaper.enqueue("container-removed", id);
}
