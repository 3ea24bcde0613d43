import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { BerthError, messageOf } from "../core/index.ts";
import type { UndoStack } from "../process/index.ts";
import type { OciMount } from "../spec/index.ts";
import type { Container } from "./container.ts";
import { writeNetworkFiles } from "./network-files.ts";
import { type ContainerContext, dataOf, netnsOf } from "./parts.ts";
import { portRequests } from "./port-requests.ts";
import { namespaceChoice } from "./runtime-spec.ts";
import type { NamespaceChoice } from "./spec/build-spec.ts";

/** A container's network, in two steps, so that the second can go on while the runtime makes the container. */
export interface NetworkJoin {
  readonly namespace: NamespaceChoice;
  /** Binds of the files that the engine keeps: resolv.conf, hostname, hosts. */
  readonly managed: readonly OciMount[];
  /** Joins the network and writes what it gave into the files. They are whole before the container's first instruction. */
  connect(): Promise<void>;
}

export function joinNetwork(context: ContainerContext, container: Container, undo: UndoStack): NetworkJoin {
  const { networks } = context;
  const { id, config, hostConfig } = container.record;
  const mode = hostConfig.NetworkMode;
  if (mode.startsWith("container:")) {
    const directory = dataOf(context, context.store.resolve(mode.slice("container:".length)).id);
    return {
      namespace: namespaceChoice(context, mode, "net"),
      managed: ["resolv.conf", "hostname", "hosts"].map((file) => bindOf(directory, file)),
      connect: async () => {},
    };
  }
  const { driver } = networks.resolve(mode);
  const write = (endpoint?: { address: string; gateway: string }) =>
    writeNetworkFiles(dataOf(context, id), {
      hostname: config.Hostname,
      domainname: config.Domainname,
      ...(endpoint && { address: endpoint.address }),
      extraHosts: hostConfig.ExtraHosts ?? [],
      hostGateway: endpoint?.gateway ?? "",
      resolvConf: networks.resolvConf(
        { servers: hostConfig.Dns, search: hostConfig.DnsSearch, options: hostConfig.DnsOptions },
        driver !== "host",
      ),
    });
  const managed = write();
  if (driver === "host") {
    return {
      namespace: "host",
      managed,
      connect: async () => void (await connectTo(context, container, "", undo)),
    };
  }
  const pin = netnsOf(context, id);
  mkdirSync(join(context.execRoot, "netns"), { recursive: true });
  networks.createNamespace(pin);
  undo.defer("network namespace", () => networks.removeNamespace(pin));
  const connect = async () => {
    const endpoint = await connectTo(context, container, pin, undo);
    if (driver === "bridge") write(endpoint);
  };
  return { namespace: { path: pin }, managed, connect };
}

async function connectTo(context: ContainerContext, container: Container, pin: string, undo: UndoStack) {
  const { networks } = context;
  const { id, name, config, hostConfig, endpoints } = container.record;
  const settings = endpoints[hostConfig.NetworkMode];
  const macAddress = settings?.MacAddress || config.MacAddress;
  const address = settings?.IPAMConfig?.IPv4Address;
  const endpoint = await networks
    .connect(hostConfig.NetworkMode, {
      containerId: id,
      containerName: name,
      netnsPath: pin,
      ports: portRequests(hostConfig, config),
      ...(macAddress && { macAddress }),
      ...(address && { address }),
    })
    .catch((error: unknown) => {
      const kind = error instanceof BerthError ? error.kind : "internal";
      throw new BerthError(kind, `failed to set up container networking: ${messageOf(error)}`, {
        cause: error,
      });
    });
  undo.defer("endpoint", () => networks.disconnect(endpoint.id));
  return endpoint;
}

function bindOf(directory: string, file: string): OciMount {
  const source = join(directory, file);
  return { destination: `/etc/${file}`, type: "bind", source, options: ["rbind", "rprivate"] };
}
