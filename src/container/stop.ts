import { conflict, parseSignal } from "../core/index.ts";
import type { Container } from "./container.ts";
import { bundleOf, type ContainerContext, publishContainer } from "./parts.ts";
import { assertNotRemoving, removeContainer } from "./remove.ts";
import { cancelRestart } from "./restart-policy.ts";

const SIGKILL = 9;
const SIGTERM = 15;
const DEFAULT_TIMEOUT_SECONDS = 10;
/** After SIGKILL the kernel ends a process at once, unless it hangs in the kernel. */
const KILL_PATIENCE_MS = 30_000;

export interface StopOptions {
  signal?: string;
  /** Seconds; -1 waits for ever, 0 kills at once. */
  timeout?: number;
}

/** Stop signal, then after the timeout SIGKILL, then waits for the recorded end. False when it does not run. */
export async function stopContainer(
  context: ContainerContext,
  container: Container,
  options: StopOptions,
): Promise<boolean> {
  const { record } = container;
  const signal = options.signal ? parseSignal(options.signal) : stopSignal(container);
  if (record.state.status === "restarting") {
    record.stoppedByUser = true;
    cancelRestart(context, container);
    return true;
  }
  if (!container.alive) return false;
  record.stoppedByUser = true;
  context.store.save(container);
  if (record.state.status === "paused") await unpause(context, container);
  const seconds = options.timeout ?? record.config.StopTimeout ?? DEFAULT_TIMEOUT_SECONDS;
  if (seconds !== 0) {
    sendSignal(context, container, signal);
    const ended = await endsWithin(container, seconds < 0 ? Number.POSITIVE_INFINITY : seconds * 1000);
    if (ended) return stopped(context, container);
  }
  sendSignal(context, container, SIGKILL);
  if (!(await endsWithin(container, KILL_PATIENCE_MS))) {
    await context.runtime.killAll(container.id, bundleOf(context, container.id), record.hostConfig.Runtime);
    await container.exited;
  }
  return stopped(context, container);
}

function stopped(context: ContainerContext, container: Container): true {
  publishContainer(context, container, "stop");
  return true;
}

function stopSignal(container: Container): number {
  const { StopSignal } = container.record.config;
  return StopSignal ? parseSignal(StopSignal) : SIGTERM;
}

function sendSignal(context: ContainerContext, container: Container, signal: number): void {
  publishContainer(context, container, "kill", { signal: String(signal) });
  context.runtime.kill(container.id, container.record.state.pid, signal);
}

/** Whether the exit is recorded within this time. */
async function endsWithin(container: Container, milliseconds: number): Promise<boolean> {
  if (milliseconds === Number.POSITIVE_INFINITY) {
    await container.exited;
    return true;
  }
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), milliseconds);
  });
  try {
    return await Promise.race([container.exited.then(() => true), late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Sends a signal to a running container's first process. @throws conflict when it does not run; invalid */
export async function killContainer(
  context: ContainerContext,
  container: Container,
  signal?: string,
): Promise<void> {
  const number = signal ? parseSignal(signal) : SIGKILL;
  if (!container.alive) {
    throw conflict(
      `cannot kill container: ${container.record.name}: container ${container.id} is not running`,
    );
  }
  if (number === SIGKILL || number === stopSignal(container)) {
    container.record.stoppedByUser = true;
    context.store.save(container);
  }
  if (number === SIGKILL && container.record.state.status === "paused") await unpause(context, container);
  sendSignal(context, container, number);
  // After SIGKILL the reply means that it is over, as with Docker.
  if (number === SIGKILL) await endsWithin(container, KILL_PATIENCE_MS);
}

/** Freezes all processes; with `briefly` for an operation of the engine, and not beyond its life. @throws conflict */
export async function pause(
  context: ContainerContext,
  container: Container,
  { briefly = false }: { briefly?: boolean } = {},
): Promise<void> {
  await container.changes.run(async () => {
    const { state, hostConfig } = container.record;
    if (state.status === "paused") throw conflict(`container ${container.id} is already paused`);
    if (state.status !== "running") throw conflict(`container ${container.id} is not running`);
    await context.runtime.pause(container.id, hostConfig.Runtime);
    state.status = "paused";
    state.pausedBriefly = briefly;
    context.store.save(container);
    publishContainer(context, container, "pause");
  });
}

export async function unpause(context: ContainerContext, container: Container): Promise<void> {
  await container.changes.run(async () => {
    const { state, hostConfig } = container.record;
    if (state.status !== "paused") throw conflict(`container ${container.id} is not paused`);
    await context.runtime.resume(container.id, hostConfig.Runtime);
    state.status = "running";
    state.pausedBriefly = false;
    context.store.save(container);
    publishContainer(context, container, "unpause");
  });
}

/** `rm`: refuses a running container unless forced, in Docker's words. */
export async function removeByUser(
  context: ContainerContext,
  container: Container,
  options: { force?: boolean; volumes?: boolean },
): Promise<void> {
  assertNotRemoving(container);
  const { name, state } = container.record;
  const words: Record<string, string> = { running: "running", paused: "paused", restarting: "restarting" };
  const busy = words[state.status];
  if (busy && !options.force) {
    const advice = busy === "paused" ? "unpause and then stop the container" : "stop the container";
    throw conflict(
      `cannot remove container "/${name}": container is ${busy}: ${advice} before removing or force remove`,
    );
  }
  container.removing = true;
  try {
    cancelRestart(context, container);
    if (container.alive) {
      if (state.status === "paused") await unpause(context, container);
      sendSignal(context, container, SIGKILL);
      if (!(await endsWithin(container, KILL_PATIENCE_MS))) {
        throw conflict(`could not kill container ${container.id}: its process does not end`);
      }
    }
    await container.changes.run(() => removeContainer(context, container, options));
  } catch (error) {
    container.removing = false;
    throw error;
  }
}
