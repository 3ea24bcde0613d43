import { messageOf, parseRfc3339, rfc3339Nano } from "../core/index.ts";
import type { ExitStatus } from "../runtime/index.ts";
import type { Container } from "./container.ts";
import { bundleOf, type ContainerContext, publishContainer } from "./parts.ts";
import { removeContainer } from "./remove.ts";
import { type Start, scheduleRestart, wantsRestart } from "./restart-policy.ts";

/** Follows a running container to its end; also for one found again after the daemon was away. */
export function watchForExit(context: ContainerContext, container: Container, start: Start): void {
  const { state } = container.record;
  container.exited = new Promise((resolve) => {
    container.resolveExited = resolve;
  });
  container.exitWatch = context.runtime.watchExit(
    container.id,
    bundleOf(context, container.id),
    state.monitorPid,
    (status) => {
      void container.changes
        .run(() => recordExit(context, container, status, start))
        .catch((error) => context.log(`recording the exit of ${container.id} failed: ${messageOf(error)}`));
    },
  );
}

async function recordExit(
  context: ContainerContext,
  container: Container,
  status: ExitStatus,
  start: Start,
): Promise<void> {
  if (!container.alive) return;
  const { record } = container;
  container.exitWatch?.cancel();
  container.exitWatch = undefined;
  const started = parseRfc3339(record.state.startedAt) ?? status.at;
  const restart = wantsRestart(container, status.exitCode);
  record.state = {
    ...record.state,
    status: restart ? "restarting" : "exited",
    pid: 0,
    monitorPid: 0,
    exitCode: status.exitCode,
    oomKilled: status.oomKilled,
    finishedAt: rfc3339Nano(status.at),
  };
  const autoRemove = record.hostConfig.AutoRemove && !restart;
  // A container that goes now anyway need not be written once more: were the daemon killed between, the next one
  // finds it dead and removes it.
  if (!autoRemove) context.store.save(container);
  await releaseResources(context, container, autoRemove);
  if (status.oomKilled) publishContainer(context, container, "oom");
  publishContainer(context, container, "die", {
    exitCode: String(status.exitCode),
    execDuration: String((status.at - started) / 1_000_000_000n),
  });
  container.resolveExited();
  container.notify(restart ? ["next-exit"] : ["next-exit", "not-running"], { exitCode: status.exitCode });
  if (autoRemove && !container.removing) await removeContainer(context, container, { volumes: true });
  else if (restart) scheduleRestart(context, container, start);
}

/**
 * Gives back what others may want at once: address, ports, mounts. The slow rest (the runtime's state, the bundle)
 * is left to the reaper.
 */
async function releaseResources(
  context: ContainerContext,
  container: Container,
  removing: boolean,
): Promise<void> {
  for (const endpoint of context.networks.endpointsOf(container.id)) {
    await context.networks.disconnect(endpoint.id);
  }
  // A container that is removed now is unmounted and cleaned up with the rest of it.
  if (removing) return;
  context.snapshots.unmount(container.id);
  context.reaper.enqueue("container-stopped", container.id);
}
