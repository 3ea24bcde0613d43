export { startFailureCode } from "./errors.ts";
export { openRuntime, type RuntimeOptions } from "./open-runtime.ts";
export type * from "./types.ts";
export { checkAnnotations } from "./write-bundle.ts";
