export { type NetworkOptions, openNetworks } from "./networks.ts";
export type * from "./types.ts";
