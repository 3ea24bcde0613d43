import type { Endpoint } from "./types.ts";

export type Driver = "bridge" | "host" | "null";

/** A network as the state keeps it. */
export interface NetworkRecord {
  readonly id: string;
  readonly name: string;
  readonly driver: Driver;
  /** RFC 3339. */
  readonly created: string;
  /** Of bridge networks alone. */
  readonly pool?: AddressPool;
}

export interface AddressPool {
  /** `172.17.0.0/16` */
  readonly subnet: string;
  readonly gateway: string;
  /** Given out last; the search for a free one begins behind it. */
  readonly last: string;
}

/** An endpoint as the state keeps it. */
export interface EndpointRecord extends Endpoint {
  readonly containerName: string;
}
