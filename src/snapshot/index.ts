export { diskUsage } from "./disk-usage.ts";
export { openLayers } from "./layers.ts";
export { openSnapshots } from "./snapshots.ts";
export type * from "./types.ts";
