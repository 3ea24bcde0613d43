import type { NetworkInspect, PortMap } from "../spec/index.ts";

export interface PublishedPort {
  readonly protocol: "tcp" | "udp" | "sctp";
  readonly containerPort: number;
  /** `0.0.0.0`, `::` or one address. */
  readonly hostIp: string;
  readonly hostPort: number;
}

/** A container's place in one network. */
export interface Endpoint {
  readonly id: string;
  readonly networkId: string;
  readonly networkName: string;
  readonly containerId: string;
  readonly address: string;
  readonly prefixLength: number;
  readonly gateway: string;
  readonly macAddress: string;
  /** Name of the host's end of the veth pair. */
  readonly hostInterface: string;
  readonly ports: readonly PublishedPort[];
}

export interface PortRequest {
  readonly protocol: "tcp" | "udp" | "sctp";
  readonly containerPort: number;
  readonly hostIp: string;
  /** First and last host port that will do; 0-0 means any free one. */
  readonly hostPortStart: number;
  readonly hostPortEnd: number;
}

export interface ConnectOptions {
  readonly containerId: string;
  readonly containerName: string;
  /** Where the container's network namespace is pinned. */
  readonly netnsPath: string;
  readonly ports: readonly PortRequest[];
  readonly macAddress?: string;
  readonly address?: string;
}

/**
 * Networks of the engine: `bridge`, `host` and `none` are always there; `bridge` is a Linux bridge with NAT, made in
 * process by rtnetlink and libnftables. Published ports are one nftables map element each and outlive the daemon.
 */
export interface Networks {
  /** By name, id or unique id prefix. @throws notFound `network x not found` */
  resolve(name: string): { id: string; name: string; driver: "bridge" | "host" | "null" };
  list(filters?: ReadonlyMap<string, readonly string[]>): NetworkInspect[];
  inspect(name: string): NetworkInspect;
  /** Makes and pins an empty network namespace with loopback up. */
  createNamespace(path: string): void;
  /** Unpins; the kernel takes the namespace and its veth down by itself, later. Missing is fine. */
  removeNamespace(path: string): void;
  /**
   * Gives a namespace its interface, address, route and published ports. In `host` and `none` networks it only makes
   * the endpoint, without address and interface, and no port is published.
   * @throws conflict `... Bind for 0.0.0.0:80 failed: port is already allocated` naming the holder where known
   */
  connect(network: string, options: ConnectOptions): Promise<Endpoint>;
  /** Frees the address and ports at once; slow kernel clean-up happens after the reply. Missing is fine. */
  disconnect(endpointId: string): Promise<void>;
  endpointsOf(containerId: string): Endpoint[];
  /** `NetworkSettings.Ports` of a container from its endpoints. */
  portMap(containerId: string, exposed: readonly string[]): PortMap;
  /** Shows a renamed container by its new name from now on. */
  rename(containerId: string, name: string): void;
  /** At start: bridge, tables and chains are made or repaired, live containers' ports reserved again, leftovers removed. */
  recover(liveContainerIds: ReadonlySet<string>): Promise<void>;
  /**
   * resolv.conf for a container, from the host's and what `dns` puts in its place. With a network namespace of its own
   * (the default) it is without the name servers that only the host can reach.
   */
  resolvConf(
    dns: { servers: readonly string[]; search: readonly string[]; options: readonly string[] },
    ownNamespace?: boolean,
  ): string;
  /** Stops proxies and releases reservations; leaves the kernel's state as it is. */
  close(): void;
  /** Removes bridge, tables, pins: for tests and uninstall, when no container is left. */
  destroy(): Promise<void>;
}
