import { messageOf } from "../core/index.ts";
import type { Container } from "./container.ts";
import type { ContainerContext } from "./parts.ts";

/** Starts a container; handed in, because a start in turn watches for the exit that may ask for a restart. */
export type Start = (context: ContainerContext, container: Container) => Promise<boolean>;

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 60_000;
/** A container that ran this long starts its delays afresh. */
const STEADY_MS = 10_000;

/** Whether the container's restart policy asks for another run after this exit. */
export function wantsRestart(container: Container, exitCode: number): boolean {
  const { hostConfig, stoppedByUser, restartCount } = container.record;
  const { Name: policy, MaximumRetryCount: limit } = hostConfig.RestartPolicy;
  if (stoppedByUser || container.removing) return false;
  if (policy === "always" || policy === "unless-stopped") return true;
  return policy === "on-failure" && exitCode !== 0 && (limit === 0 || restartCount < limit);
}

/** Starts the container again after a delay that doubles with every quick failure. */
export function scheduleRestart(context: ContainerContext, container: Container, start: Start): void {
  const { record } = container;
  const ran = Date.parse(record.state.finishedAt) - Date.parse(record.state.startedAt);
  container.restartDelay =
    ran >= STEADY_MS
      ? FIRST_DELAY_MS
      : Math.min((container.restartDelay || FIRST_DELAY_MS / 2) * 2, LONGEST_DELAY_MS);
  record.restartCount++;
  container.restartTimer = setTimeout(() => {
    container.restartTimer = undefined;
    if (container.record.state.status !== "restarting" || container.removing) return;
    start(context, container).catch((error) => {
      context.log(`restart of ${container.id} failed: ${messageOf(error)}`);
    });
  }, container.restartDelay);
}

/** Gives up a restart that has not happened yet. */
export function cancelRestart(context: ContainerContext, container: Container): void {
  clearTimeout(container.restartTimer);
  container.restartTimer = undefined;
  if (container.record.state.status !== "restarting") return;
  container.record.state.status = "exited";
  context.store.save(container);
  container.notify(["not-running"], { exitCode: container.record.state.exitCode });
}
