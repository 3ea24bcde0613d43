export { DEFAULT_PATH } from "./runtime-spec.ts";
export { type ContainerService, openContainers } from "./service.ts";
export { buildSpec, type NamespaceChoice, type SpecInput } from "./spec/build-spec.ts";
export { type ResolvedUser, resolveUser } from "./spec/user.ts";
export type * from "./types.ts";
