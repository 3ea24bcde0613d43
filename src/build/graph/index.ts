export { canonicalJson, definitionOf, vertex } from "./digest.ts";
export type * from "./vertex.ts";
