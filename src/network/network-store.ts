import { internal, invalid, newId, notFound, rfc3339Nano, unavailable } from "../core/index.ts";
import type { State } from "../state/index.ts";
import { nextAddress } from "./address-pool.ts";
import { contains, formatIpv4, formatSubnet, lastOf, parseIpv4, parseSubnet, type Subnet } from "./ipv4.ts";
import type { AddressPool, EndpointRecord, NetworkRecord } from "./records.ts";

/** Networks and endpoints: kept in memory to be read, written through to the state. */
export class NetworkStore {
  readonly #networks = new Map<string, NetworkRecord>();
  readonly #endpoints = new Map<string, EndpointRecord>();

  constructor(private readonly state: State) {
    for (const row of state.networks.all()) {
      const record = JSON.parse(row.record) as NetworkRecord;
      this.#networks.set(record.id, record);
    }
    for (const row of state.networks.endpoints()) {
      const record = JSON.parse(row.record) as EndpointRecord;
      this.#endpoints.set(record.id, record);
    }
  }

  /** Makes the three networks that are always there. `subnet` is asked only when `bridge` is new. */
  ensurePredefined(subnet: () => Subnet): void {
    const missing = (["bridge", "host", "null"] as const).filter(
      (driver) => ![...this.#networks.values()].some((network) => network.driver === driver),
    );
    if (missing.length === 0) return;
    this.state.transaction(() => {
      for (const driver of missing) {
        this.#putNetwork({
          id: newId(),
          name: driver === "null" ? "none" : driver,
          driver,
          created: rfc3339Nano(),
          ...(driver === "bridge" && { pool: newPool(subnet()) }),
        });
      }
    });
  }

  networks(): NetworkRecord[] {
    return [...this.#networks.values()];
  }

  /** By name, id or unique id prefix. @throws notFound, invalid (ambiguous) */
  resolve(name: string): NetworkRecord {
    const all = this.networks();
    const exact = all.find((network) => network.name === name) ?? this.#networks.get(name);
    if (exact) return exact;
    const matches = name === "" ? [] : all.filter((network) => network.id.startsWith(name));
    if (matches.length > 1) {
      throw invalid(`network ${name} is ambiguous (${matches.length} matches found based on ID prefix)`);
    }
    if (!matches[0]) throw notFound(`network ${name} not found`);
    return matches[0];
  }

  /** The default bridge network and its pool. */
  bridge(): NetworkRecord & { pool: AddressPool } {
    const network = this.networks().find((candidate) => candidate.driver === "bridge");
    if (!network?.pool) throw internal("the state has no bridge network");
    return { ...network, pool: network.pool };
  }

  /** Gives the bridge network, which must have no endpoints, another pool. */
  moveBridge(subnet: Subnet): void {
    this.#putNetwork({ ...this.bridge(), pool: newPool(subnet) });
  }

  endpoints(): EndpointRecord[] {
    return [...this.#endpoints.values()];
  }

  endpoint(id: string): EndpointRecord | undefined {
    return this.#endpoints.get(id);
  }

  endpointsOf(containerId: string): EndpointRecord[] {
    return this.endpoints().filter((endpoint) => endpoint.containerId === containerId);
  }

  /**
   * Gives out an address of a network and writes down the endpoint that `make` builds with it, in one transaction:
   * when `make` throws, nothing was given out.
   * @throws invalid or conflict for a wanted address, unavailable when the pool is used up
   */
  addEndpoint(
    network: NetworkRecord,
    wanted: string | undefined,
    make: (address: string) => EndpointRecord,
  ): EndpointRecord {
    const address = network.pool ? this.#pick(network, network.pool, wanted) : "";
    const endpoint = make(address);
    this.state.transaction(() => {
      this.state.networks.insertEndpoint({
        id: endpoint.id,
        networkId: network.id,
        containerId: endpoint.containerId,
        address: address === "" ? null : address,
        record: JSON.stringify(endpoint),
      });
      if (network.pool && wanted === undefined) {
        this.#putNetwork({ ...network, pool: { ...network.pool, last: address } });
      }
    });
    this.#endpoints.set(endpoint.id, endpoint);
    return endpoint;
  }

  /** Frees the address too. Missing is fine. */
  removeEndpoint(id: string): void {
    this.state.networks.deleteEndpoint(id);
    this.#endpoints.delete(id);
  }

  renameContainer(containerId: string, containerName: string): void {
    this.state.transaction(() => {
      for (const endpoint of this.endpointsOf(containerId)) {
        const renamed = { ...endpoint, containerName };
        this.state.networks.updateEndpoint(endpoint.id, JSON.stringify(renamed));
        this.#endpoints.set(endpoint.id, renamed);
      }
    });
  }

  #pick(network: NetworkRecord, pool: AddressPool, wanted: string | undefined): string {
    const subnet = parseSubnet(pool.subnet) as Subnet;
    const taken = new Set<number>([parseIpv4(pool.gateway) as number]);
    for (const endpoint of this.#endpoints.values()) {
      if (endpoint.networkId === network.id) taken.add(parseIpv4(endpoint.address) as number);
    }
    if (wanted === undefined) {
      const next = nextAddress(subnet, taken, parseIpv4(pool.last) as number);
      if (next !== undefined) return formatIpv4(next);
      throw unavailable(
        `no available IPv4 addresses on this network's address pools: ${network.name} (${network.id})`,
      );
    }
    const address = parseIpv4(wanted);
    if (
      address === undefined ||
      !contains(subnet, address) ||
      address === subnet.base ||
      address === lastOf(subnet)
    ) {
      throw invalid(`invalid address ${wanted}: it is not one of ${network.name}'s subnet ${pool.subnet}`);
    }
    if (taken.has(address)) throw invalid(`address ${wanted} is already in use in network ${network.name}`);
    return wanted;
  }

  #putNetwork(record: NetworkRecord): void {
    this.state.networks.put({ id: record.id, name: record.name, record: JSON.stringify(record) });
    this.#networks.set(record.id, record);
  }
}

function newPool(subnet: Subnet): AddressPool {
  const gateway = formatIpv4(subnet.base + 1);
  return { subnet: formatSubnet(subnet), gateway, last: gateway };
}
