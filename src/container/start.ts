import { mkdirSync } from "node:fs";
import { BerthError, conflict, messageOf, rfc3339Nano, ZERO_TIME } from "../core/index.ts";
import { UndoStack } from "../process/index.ts";
import { startFailureCode } from "../runtime/index.ts";
import type { Container } from "./container.ts";
import { watchForExit } from "./exit.ts";
import { joinNetwork } from "./join-network.ts";
import { bundleOf, type ContainerContext, logOf, publishContainer } from "./parts.ts";
import { cleanUp, removeContainer } from "./remove.ts";
import { runtimeSpec } from "./runtime-spec.ts";

/** Starts a container that is not running. False when it already runs. */
export function startContainer(context: ContainerContext, container: Container): Promise<boolean> {
  return container.changes.run(async () => {
    const { state } = container.record;
    if (container.removing) throw conflict("container is marked for removal and cannot be started");
    if (state.status === "paused") throw conflict("cannot start a paused container, try unpause instead");
    if (container.alive) return false;
    try {
      await launch(context, container);
    } catch (error) {
      recordFailure(context, container, error);
      if (container.record.hostConfig.AutoRemove)
        await removeContainer(context, container, { volumes: true });
      throw error;
    }
    return true;
  });
}

async function launch(context: ContainerContext, container: Container): Promise<void> {
  const { runtime, snapshots } = context;
  const { id, config, hostConfig } = container.record;
  const bundle = bundleOf(context, id);
  await cleanUp(context, id);
  await using undo = new UndoStack(context.log);
  undo.defer("runtime files", () => cleanUp(context, id));
  mkdirSync(bundle, { recursive: true, mode: 0o700 });
  undo.defer("root filesystem", () => snapshots.unmount(id));
  const rootfs = snapshots.mount(id);
  const network = joinNetwork(context, container, undo);
  const spec = runtimeSpec(context, container, rootfs, network.namespace, network.managed);
  runtime.writeBundle(bundle, spec, hostConfig.Runtime);

  const creating = runtime.create({
    id,
    bundle,
    tty: config.Tty,
    stdin: config.OpenStdin,
    stdinOnce: config.StdinOnce,
    logPath: logOf(context, id),
    runtime: hostConfig.Runtime,
  });
  // The runtime works in processes of its own: the network is joined meanwhile.
  const [created, connected] = await Promise.allSettled([creating, network.connect()]);
  if (created.status === "fulfilled") {
    undo.defer("process", () => runtime.killAll(id, bundle, hostConfig.Runtime));
  }
  if (connected.status === "rejected") throw connected.reason;
  if (created.status === "rejected") throw created.reason;
  const { pid, monitorPid } = created.value;
  for (const pending of container.pending) {
    container.pending.delete(pending);
    pending.join(await runtime.attach(id, bundle, { tty: config.Tty, stdin: config.OpenStdin }));
  }
  container.record.state = {
    status: "running",
    pid,
    monitorPid,
    exitCode: 0,
    error: "",
    oomKilled: false,
    startedAt: rfc3339Nano(),
    finishedAt: container.record.state.finishedAt,
  };
  container.record.stoppedByUser = false;
  // Written before the first instruction: a daemon killed from here on finds the container again.
  context.store.save(container);
  watchForExit(context, container, startContainer);
  await runtime.start(id, bundle, hostConfig.Runtime);
  undo.commit();
  publishContainer(context, container, "start");
}

function recordFailure(context: ContainerContext, container: Container, error: unknown): void {
  const { state } = container.record;
  container.exitWatch?.cancel();
  container.exitWatch = undefined;
  container.record.state = {
    ...state,
    status: state.startedAt === ZERO_TIME ? "created" : "exited",
    pid: 0,
    monitorPid: 0,
    exitCode: startFailureCode(messageOf(error)),
    error: messageOf(error),
  };
  context.store.save(container);
  container.abandonPending();
  if (!(error instanceof BerthError)) context.log(`start of ${container.id} failed: ${messageOf(error)}`);
  container.notify(["next-exit", "not-running"], {
    exitCode: startFailureCode(messageOf(error)),
    error: messageOf(error),
  });
}
