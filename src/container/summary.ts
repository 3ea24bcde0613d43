import { humanDuration } from "../core/index.ts";
import type { ContainerSummary, PortMap, PortSummary } from "../spec/index.ts";
import type { Container } from "./container.ts";
import { endpointSettings, sizes } from "./inspect.ts";
import type { ContainerContext } from "./parts.ts";
import { parsePort } from "./port-requests.ts";

/** `Up 5 minutes`, `Exited (0) 2 hours ago`, `Created`: the words of `docker ps`. */
export function statusText(container: Container, now: number = Date.now()): string {
  const { state } = container.record;
  const since = (time: string) => humanDuration(now - Date.parse(time));
  switch (state.status) {
    case "created":
      return "Created";
    case "running":
      return `Up ${since(state.startedAt)}`;
    case "paused":
      return `Up ${since(state.startedAt)} (Paused)`;
    case "restarting":
      return `Restarting (${state.exitCode}) ${since(state.finishedAt)} ago`;
    case "removing":
      return "Removal In Progress";
    case "dead":
      return "Dead";
    case "exited":
      return `Exited (${state.exitCode}) ${since(state.finishedAt)} ago`;
  }
}

/** The command line as `ps` shows it: arguments with blanks in quotes. */
export function commandText(args: readonly string[]): string {
  const [path = "", ...rest] = args;
  return [path, ...rest.map((arg) => (arg.includes(" ") ? `'${arg}'` : arg))].join(" ");
}

export function portSummaries(ports: PortMap): PortSummary[] {
  return Object.entries(ports).flatMap(([key, bindings]): PortSummary[] => {
    const { port: PrivatePort, protocol: Type } = parsePort(key);
    if (!bindings?.length) return [{ PrivatePort, Type }];
    return bindings.map(({ HostIp, HostPort }) => ({
      IP: HostIp,
      PrivatePort,
      PublicPort: Number(HostPort),
      Type,
    }));
  });
}

/** One entry of `GET /containers/json`. */
export async function summarise(
  context: ContainerContext,
  container: Container,
  options: { size?: boolean },
): Promise<ContainerSummary> {
  const { record } = container;
  const { config } = record;
  const ports = container.alive
    ? context.networks.portMap(record.id, Object.keys(config.ExposedPorts ?? {}))
    : {};
  return {
    Id: record.id,
    Names: [`/${record.name}`],
    Image: imageName(context, container),
    ImageID: record.imageId,
    Command: commandText([...(config.Entrypoint ?? []), ...(config.Cmd ?? [])]),
    Created: Math.floor(Date.parse(record.created) / 1000),
    Ports: portSummaries(ports),
    ...(options.size && (await sizes(context, container))),
    Labels: config.Labels,
    State: record.state.status,
    Status: statusText(container),
    HostConfig: { NetworkMode: record.hostConfig.NetworkMode },
    NetworkSettings: { Networks: endpointSettings(context, container) },
    Mounts: record.mounts,
  };
}

/** The name a container was made from while that still means the same image, else the image's id, as Docker shows it. */
function imageName(context: ContainerContext, container: Container): string {
  const { config, imageId } = container.record;
  return context.images.find(config.Image)?.id === imageId ? config.Image : imageId;
}
