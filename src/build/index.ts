export { type BuilderParts, createBuilder } from "./builder.ts";
export { CommandFailed } from "./errors.ts";
export { applyChanges } from "./frontend/index.ts";
export { recoverBuilds } from "./ops/index.ts";
export type * from "./types.ts";
