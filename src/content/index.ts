export * from "./store.ts";
export type * from "./types.ts";
export * from "./write-whole.ts";
