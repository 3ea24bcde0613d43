import type { ContainerInspect, EndpointSettings, NetworkSettings } from "../spec/index.ts";
import type { Container } from "./container.ts";
import { type ContainerContext, dataOf, logOf, netnsOf } from "./parts.ts";

const NO_ENDPOINT: EndpointSettings = {
  IPAMConfig: null,
  Links: null,
  Aliases: null,
  MacAddress: "",
  DriverOpts: null,
  GwPriority: 0,
  NetworkID: "",
  EndpointID: "",
  Gateway: "",
  IPAddress: "",
  IPPrefixLen: 0,
  IPv6Gateway: "",
  GlobalIPv6Address: "",
  GlobalIPv6PrefixLen: 0,
  DNSNames: null,
};

/** `NetworkSettings.Networks`: the endpoints of a running container, or empty ones for what it will join. */
export function endpointSettings(
  context: ContainerContext,
  container: Container,
): Record<string, EndpointSettings> {
  const { hostConfig, endpoints: asked } = container.record;
  const mode = hostConfig.NetworkMode;
  if (mode.startsWith("container:")) return {};
  const wanted = (name: string) => {
    const { IPAMConfig = null, Aliases = null, DriverOpts = null, Links = null } = asked[name] ?? {};
    return { ...NO_ENDPOINT, IPAMConfig, Aliases, DriverOpts, Links };
  };
  const live = context.networks.endpointsOf(container.id);
  if (live.length > 0) {
    return Object.fromEntries(
      live.map((endpoint) => [
        endpoint.networkName,
        {
          ...wanted(endpoint.networkName),
          MacAddress: endpoint.macAddress,
          NetworkID: endpoint.networkId,
          EndpointID: endpoint.id,
          Gateway: endpoint.gateway,
          IPAddress: endpoint.address,
          IPPrefixLen: endpoint.prefixLength,
        },
      ]),
    );
  }
  const shared = container.alive ? { NetworkID: context.networks.resolve(mode).id } : {};
  return { [mode]: { ...wanted(mode), ...shared } };
}

function networkSettings(context: ContainerContext, container: Container): NetworkSettings {
  const { hostConfig, config } = container.record;
  const networks = endpointSettings(context, container);
  // The fields beside `Networks` tell of the default bridge alone, as in Docker.
  const first = networks.bridge ?? NO_ENDPOINT;
  const ownNamespace =
    container.alive && hostConfig.NetworkMode !== "host" && !hostConfig.NetworkMode.startsWith("container:");
  return {
    Bridge: "",
    SandboxID: ownNamespace ? container.id : "",
    SandboxKey: ownNamespace ? netnsOf(context, container.id) : "",
    Ports: container.alive
      ? context.networks.portMap(container.id, Object.keys(config.ExposedPorts ?? {}))
      : {},
    HairpinMode: false,
    LinkLocalIPv6Address: "",
    LinkLocalIPv6PrefixLen: 0,
    SecondaryIPAddresses: null,
    SecondaryIPv6Addresses: null,
    EndpointID: first.EndpointID,
    Gateway: first.Gateway,
    GlobalIPv6Address: "",
    GlobalIPv6PrefixLen: 0,
    IPAddress: first.IPAddress,
    IPPrefixLen: first.IPPrefixLen,
    IPv6Gateway: "",
    MacAddress: first.MacAddress,
    Networks: networks,
  };
}

/** `GET /containers/{id}/json`. */
export async function inspectContainer(
  context: ContainerContext,
  container: Container,
  options: { size?: boolean },
): Promise<ContainerInspect> {
  const { record } = container;
  const { state, config } = record;
  const [path = "", ...args] = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  const data = dataOf(context, record.id);
  const execs = [...container.execs];
  return {
    Id: record.id,
    Created: record.created,
    Path: path,
    Args: args,
    State: {
      Status: state.status,
      Running: container.alive || state.status === "restarting",
      Paused: state.status === "paused",
      Restarting: state.status === "restarting",
      OOMKilled: state.oomKilled,
      Dead: state.status === "dead",
      Pid: state.pid,
      ExitCode: state.exitCode,
      Error: state.error,
      StartedAt: state.startedAt,
      FinishedAt: state.finishedAt,
    },
    Image: record.imageId,
    ResolvConfPath: `${data}/resolv.conf`,
    HostnamePath: `${data}/hostname`,
    HostsPath: `${data}/hosts`,
    LogPath: logOf(context, record.id),
    Name: `/${record.name}`,
    RestartCount: record.restartCount,
    Driver: "overlay2",
    Platform: record.platform,
    MountLabel: "",
    ProcessLabel: "",
    AppArmorProfile: "",
    ExecIDs: execs.length > 0 ? execs : null,
    HostConfig: record.hostConfig,
    GraphDriver: { Name: "overlay2", Data: { ID: record.id, ...context.snapshots.describe(record.id) } },
    ...(options.size && (await sizes(context, container))),
    Mounts: record.mounts,
    Config: config,
    NetworkSettings: networkSettings(context, container),
  };
}

/** Bytes written in the read-write layer, and those of the image and it together. */
export async function sizes(
  context: ContainerContext,
  container: Container,
): Promise<{ SizeRw: number; SizeRootFs: number }> {
  const written = await context.snapshots.usage(container.id);
  const image = context.images.find(container.record.imageId);
  const below = image ? context.images.inspect(image.id).Size : 0;
  return { SizeRw: written, SizeRootFs: written + below };
}
