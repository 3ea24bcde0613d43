import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { type EngineEvent, invalid, newId } from "../core/index.ts";
import { createNetns, inNetns, removeNetns } from "../kernel/index.ts";
import { UndoStack } from "../process/index.ts";
import type { NetworkInspect, PortMap } from "../spec/index.ts";
import type { State } from "../state/index.ts";
import { Bridge, MTU, setLoopbackUp } from "./bridge.ts";
import { Firewall } from "./firewall.ts";
import { elementsOf, type MapElement } from "./firewall-rules.ts";
import { usedSubnets } from "./host-networks.ts";
import { describeNetwork, filterNetworks } from "./inspect.ts";
import { parseSubnet, type Subnet } from "./ipv4.ts";
import { NetworkStore } from "./network-store.ts";
import { newEndpoint } from "./new-endpoint.ts";
import { portMapOf } from "./port-map.ts";
import { PortReservations } from "./port-reservations.ts";
import type { EndpointRecord, NetworkRecord } from "./records.ts";
import { type DnsSettings, hostDns, renderResolvConf } from "./resolv-conf.ts";
import { chooseSubnet, isFree } from "./subnet-choice.ts";
import type { ConnectOptions, Endpoint, Networks } from "./types.ts";

const INTERFACE_NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/;
/** A veth that outlives its namespace's removal this long is not going by itself. */
const VETH_GRACE_MS = 2000;

export interface NetworkOptions {
  readonly state: State;
  /** Name of the default network's Linux bridge; engines with different ones run side by side. */
  readonly bridge: string;
  /** Namespaces are pinned in its `netns` directory; `destroy` clears that. */
  readonly execRoot: string;
  readonly publish: (event: Omit<EngineEvent, "timeNano">) => void;
  readonly log: (message: string) => void;
}

/**
 * Opens the network room and makes the predefined networks where the state has none. The kernel is left alone until
 * `recover`, which must come before the first `connect`.
 * @throws invalid (bridge name), unavailable (libnftables missing, no free subnet)
 */
export function openNetworks(options: NetworkOptions): Networks {
  if (!INTERFACE_NAME.test(options.bridge)) {
    throw invalid(
      `invalid bridge name ${JSON.stringify(options.bridge)}: up to 15 letters, digits, dots, dashes`,
    );
  }
  return new EngineNetworks(options);
}

class EngineNetworks implements Networks {
  readonly #store: NetworkStore;
  readonly #ports = new PortReservations();
  readonly #bridge: Bridge;
  readonly #firewall: Firewall;
  readonly #leftovers = new Set<string>();
  #sweep: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: NetworkOptions) {
    const { state, bridge, log } = options;
    this.#store = new NetworkStore(state);
    this.#store.ensurePredefined(() => chooseSubnet(usedSubnets(bridge)));
    const address = () => {
      const { gateway, subnet } = this.#store.bridge().pool;
      return { gateway, prefixLength: (parseSubnet(subnet) as Subnet).length };
    };
    this.#bridge = new Bridge(bridge, address);
    this.#firewall = new Firewall({
      bridge,
      subnet: () => this.#store.bridge().pool.subnet,
      wanted: () => this.#store.endpoints().flatMap(elementsOfEndpoint),
      log,
    });
  }

  resolve(name: string): NetworkRecord {
    return this.#store.resolve(name);
  }

  list(filters: ReadonlyMap<string, readonly string[]> = new Map()): NetworkInspect[] {
    return filterNetworks(this.#store.networks(), filters).map((network) =>
      describeNetwork(network, this.#bridge.name, MTU, []),
    );
  }

  inspect(name: string): NetworkInspect {
    const network = this.#store.resolve(name);
    const inside = this.#store.endpoints().filter(({ networkId }) => networkId === network.id);
    return describeNetwork(network, this.#bridge.name, MTU, inside);
  }

  createNamespace(path: string): void {
    mkdirSync(dirname(path), { recursive: true, mode: 0o711 });
    createNetns(path);
    try {
      inNetns(path, setLoopbackUp);
    } catch (error) {
      removeNetns(path);
      throw error;
    }
  }

  removeNamespace(path: string): void {
    removeNetns(path);
  }

  async connect(name: string, request: ConnectOptions): Promise<Endpoint> {
    const network = this.#store.resolve(name);
    await using undo = new UndoStack(this.options.log);
    const id = newId();
    undo.defer("ports", () => this.#ports.release(id));
    const endpoint = this.#store.addEndpoint(network, request.address, (address) =>
      newEndpoint(id, network, request, address, () =>
        this.#ports.claim(request.ports, { endpointId: id, containerName: request.containerName, address }),
      ),
    );
    undo.defer("endpoint", () => this.#store.removeEndpoint(id));
    if (network.driver === "bridge") {
      const { address, macAddress, hostInterface } = endpoint;
      this.#bridge.attach({ netnsPath: request.netnsPath, address, macAddress, hostInterface });
      undo.defer("interface", () => this.#bridge.detach(hostInterface));
      this.#firewall.add(elementsOfEndpoint(endpoint));
    }
    undo.commit();
    this.#announce("connect", endpoint, network);
    return endpoint;
  }

  async disconnect(endpointId: string): Promise<void> {
    const endpoint = this.#store.endpoint(endpointId);
    if (!endpoint) return;
    this.#store.removeEndpoint(endpointId);
    this.#ports.release(endpointId);
    this.#firewall.removeLater(elementsOfEndpoint(endpoint));
    if (endpoint.hostInterface !== "") this.#sweepLater(endpoint.hostInterface);
    this.#announce("disconnect", endpoint, this.#store.resolve(endpoint.networkId));
  }

  endpointsOf(containerId: string): Endpoint[] {
    return this.#store.endpointsOf(containerId);
  }

  portMap(containerId: string, exposed: readonly string[]): PortMap {
    return portMapOf(this.#store.endpointsOf(containerId), exposed);
  }

  rename(containerId: string, name: string): void {
    this.#store.renameContainer(containerId, name);
  }

  async recover(liveContainerIds: ReadonlySet<string>): Promise<void> {
    for (const { id, containerId } of this.#store.endpoints()) {
      if (!liveContainerIds.has(containerId)) this.#store.removeEndpoint(id);
    }
    this.#avoidHostNetworks();
    this.#bridge.ensure();
    this.#firewall.rebuild();
    const endpoints = this.#store.endpoints();
    for (const { id, containerName, address, ports } of endpoints) {
      this.#ports.reclaim(ports, { endpointId: id, containerName, address }, this.options.log);
    }
    const interfaces = new Set(endpoints.map(({ hostInterface }) => hostInterface));
    for (const leftover of this.#bridge.adopt(interfaces)) this.#sweepLater(leftover);
  }

  resolvConf(dns: DnsSettings, ownNamespace = true): string {
    return renderResolvConf(hostDns(ownNamespace), dns, ownNamespace);
  }

  close(): void {
    clearTimeout(this.#sweep);
    this.#ports.releaseAll();
    this.#firewall.close();
    this.#bridge[Symbol.dispose]();
  }

  async destroy(): Promise<void> {
    clearTimeout(this.#sweep);
    for (const { id } of this.#store.endpoints()) this.#store.removeEndpoint(id);
    this.#ports.releaseAll();
    this.#firewall.destroy();
    for (const pin of pinsIn(join(this.options.execRoot, "netns"))) removeNetns(pin);
    this.#bridge.destroy();
    this.#bridge[Symbol.dispose]();
  }

  /** A network of the host's that came up since, a VPN say, is not hidden while no container holds the pool. */
  #avoidHostNetworks(): void {
    const { subnet } = this.#store.bridge().pool;
    const used = usedSubnets(this.#bridge.name);
    if (isFree(parseSubnet(subnet) as Subnet, used)) return;
    if (this.#store.endpoints().length > 0) {
      this.options.log(`network bridge's subnet ${subnet} overlaps a network of this host`);
      return;
    }
    this.#bridge.destroy();
    this.#store.moveBridge(chooseSubnet(used));
  }

  /** Deletes a veth that its namespace did not take along: the container lives on, or something else holds on to it. */
  #sweepLater(hostInterface: string): void {
    this.#leftovers.add(hostInterface);
    if (this.#sweep) return;
    this.#sweep = setTimeout(() => {
      this.#sweep = undefined;
      for (const name of this.#leftovers) this.#bridge.detach(name);
      this.#leftovers.clear();
    }, VETH_GRACE_MS);
    this.#sweep.unref();
  }

  #announce(action: "connect" | "disconnect", endpoint: EndpointRecord, network: NetworkRecord): void {
    this.options.publish({
      type: "network",
      action,
      id: network.id,
      attributes: { container: endpoint.containerId, name: network.name, type: network.driver },
    });
  }
}

function pinsIn(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory).map((name) => join(directory, name)) : [];
}

function elementsOfEndpoint(endpoint: EndpointRecord): MapElement[] {
  return elementsOf(endpoint.ports, endpoint.address);
}
