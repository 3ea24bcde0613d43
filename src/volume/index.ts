export type * from "./types.ts";
export * from "./volumes.ts";
