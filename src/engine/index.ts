export {
  CONFIG_PLACES,
  type ConfigOptions,
  DEFAULT_CONFIG,
  LISTS,
  mergeConfig,
  readConfigFile,
} from "./config.ts";
export { createLogger, type Logger } from "./logger.ts";
export { openEngine } from "./open-engine.ts";
export { checkPrerequisites } from "./prerequisites.ts";
export type * from "./types.ts";
