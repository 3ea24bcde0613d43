export { describeVolume } from "./describe.ts";
export type * from "./types.ts";
export * from "./volumes.ts";
