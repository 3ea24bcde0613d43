import type { ContainerConfig, ImageRuntimeConfig } from "../spec/index.ts";
import { mergeCommand, mergeHealth, nameOf } from "./merge-config.ts";

/** A container's configuration in an image's terms. */
export function runtimeConfigOf({ Env, Volumes, ...rest }: Partial<ContainerConfig>): ImageRuntimeConfig {
  return { ...rest, ...(Env && { Env }), ...(Volumes && { Volumes }) };
}

/**
 * The configuration of an image that is made from a container: what is given for it, and where that says nothing, what
 * the container has. Docker's rule, by which an entrypoint that is given drops the container's command.
 */
export function commitConfig(own: ImageRuntimeConfig, given: ImageRuntimeConfig): ImageRuntimeConfig {
  const { entrypoint, cmd } = mergeCommand(own, given);
  const names = new Set((given.Env ?? []).map(nameOf));
  const env = [...(given.Env ?? []), ...(own.Env ?? []).filter((entry) => !names.has(nameOf(entry)))];
  const health = mergeHealth(own, given);
  const user = given.User || own.User;
  const workingDir = given.WorkingDir || own.WorkingDir;
  const stopSignal = given.StopSignal || own.StopSignal;
  const shell = given.Shell ?? own.Shell;
  return {
    ...(user && { User: user }),
    ExposedPorts: { ...own.ExposedPorts, ...given.ExposedPorts },
    Env: env,
    Entrypoint: entrypoint,
    Cmd: cmd,
    Volumes: { ...own.Volumes, ...given.Volumes },
    ...(workingDir && { WorkingDir: workingDir }),
    Labels: { ...own.Labels, ...given.Labels },
    OnBuild: given.OnBuild ?? null,
    ...(stopSignal && { StopSignal: stopSignal }),
    ...(shell && { Shell: shell }),
    ...(health && { Healthcheck: health }),
  };
}
