import { invalid } from "../core/index.ts";
import type { ContainerConfig, ContainerCreateBody, ImageRuntimeConfig } from "../spec/index.ts";

/** `NAME` of `NAME=value`. */
export const nameOf = (entry: string) => entry.split("=", 1)[0] as string;

/**
 * The image's environment overlaid by the request's. In the request, `NAME=value` sets and a bare `NAME` removes.
 */
export function mergeEnv(image: readonly string[], given: readonly string[]): string[] {
  const merged = new Map(image.map((entry) => [nameOf(entry), entry]));
  for (const entry of given) {
    if (entry === "") throw invalid("invalid environment variable: ");
    if (entry.startsWith("=")) throw invalid(`invalid environment variable: ${entry}`);
    if (entry.includes("=")) merged.set(nameOf(entry), entry);
    else merged.delete(entry);
  }
  return [...merged.values()];
}

/**
 * Entrypoint and command by Docker's rule: an entrypoint of the request drops the image's command; a single empty
 * string as entrypoint means "none".
 */
export function mergeCommand(
  image: ImageRuntimeConfig,
  given: Pick<ContainerCreateBody, "Entrypoint" | "Cmd">,
): { entrypoint: string[] | null; cmd: string[] | null } {
  const cmd = given.Cmd?.length ? given.Cmd : null;
  if (!given.Entrypoint?.length) {
    return { entrypoint: image.Entrypoint ?? null, cmd: cmd ?? image.Cmd ?? null };
  }
  const reset = given.Entrypoint.length === 1 && given.Entrypoint[0] === "";
  return { entrypoint: reset ? null : given.Entrypoint, cmd };
}

/** The configuration a container runs with: the request over the image's. @throws invalid `no command specified` */
export function mergeConfig(
  body: ContainerCreateBody,
  image: ImageRuntimeConfig,
  defaults: { hostname: string },
): ContainerConfig {
  const { entrypoint, cmd } = mergeCommand(image, body);
  if (!entrypoint?.length && !cmd?.length) throw invalid("no command specified");
  const env = mergeEnv(image.Env ?? [], body.Env ?? []);
  const exposed = { ...image.ExposedPorts, ...body.ExposedPorts };
  for (const port of Object.keys(body.HostConfig?.PortBindings ?? {})) exposed[withProtocol(port)] = {};
  const volumes = { ...image.Volumes, ...body.Volumes };
  const health = mergeHealth(image, body);
  const workingDir = body.WorkingDir || image.WorkingDir || "";
  if (workingDir !== "" && !workingDir.startsWith("/")) {
    throw invalid(`the working directory '${workingDir}' is invalid, it needs to be an absolute path`);
  }
  const stopSignal = body.StopSignal || image.StopSignal;
  return {
    Hostname: body.Hostname || defaults.hostname,
    Domainname: body.Domainname ?? "",
    User: body.User || image.User || "",
    AttachStdin: body.AttachStdin ?? false,
    AttachStdout: body.AttachStdout ?? false,
    AttachStderr: body.AttachStderr ?? false,
    ...(Object.keys(exposed).length > 0 && { ExposedPorts: exposed }),
    Tty: body.Tty ?? false,
    OpenStdin: body.OpenStdin ?? false,
    StdinOnce: body.StdinOnce ?? false,
    Env: env.length > 0 ? env : null,
    Cmd: cmd,
    ...(health && { Healthcheck: health }),
    Image: body.Image ?? "",
    Volumes: Object.keys(volumes).length > 0 ? volumes : null,
    WorkingDir: workingDir,
    Entrypoint: entrypoint,
    ...(body.NetworkDisabled && { NetworkDisabled: true }),
    ...(body.MacAddress && { MacAddress: body.MacAddress }),
    OnBuild: null,
    Labels: { ...image.Labels, ...body.Labels },
    ...(stopSignal && { StopSignal: stopSignal }),
    ...(body.StopTimeout !== undefined && body.StopTimeout !== null && { StopTimeout: body.StopTimeout }),
    ...(image.Shell && { Shell: image.Shell }),
  };
}

/** `80` means `80/tcp`. */
export function withProtocol(port: string): string {
  return port.includes("/") ? port.toLowerCase() : `${port}/tcp`;
}

/** The image's probe with what the request says of it. */
export function mergeHealth(
  image: ImageRuntimeConfig,
  { Healthcheck: given }: Pick<ContainerCreateBody, "Healthcheck">,
): ContainerConfig["Healthcheck"] {
  if (!given) return image.Healthcheck;
  const base = image.Healthcheck ?? {};
  return {
    ...base,
    ...Object.fromEntries(
      Object.entries(given).filter(([, value]) => (Array.isArray(value) ? value.length : value)),
    ),
  };
}
