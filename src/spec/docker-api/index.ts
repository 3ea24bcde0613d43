export * from "./container.ts";
export * from "./image.ts";
export * from "./network.ts";
export * from "./system.ts";

/** The readers of request bodies, loaded at their first use: only a server needs them, and not at once. */
export function validators(): Promise<typeof import("./validate.ts")> {
  return import("./validate.ts");
}
