export { Api } from "./api.ts";
export { baseTar, busybox, directoryOf, tarOf } from "./base-image.ts";
export { bothClis } from "./both-clis.ts";
export type { Cli, RunOptions, RunResult } from "./cli.ts";
export { TestEngine } from "./engine.ts";
export { eventually } from "./eventually.ts";
export {
  digestOf,
  type Fault,
  type FaultyProxy,
  type FileRegistry,
  MEDIA,
  startFaultyProxy,
  TEST_USER,
  withRegistry,
} from "./registry.ts";
export { hostArchitecture, noiseTar, putImage, putIndex } from "./registry-image.ts";
export { oracleHost, programOf } from "./settings.ts";
export { hasSkopeo, skopeo } from "./skopeo.ts";
export type { Terminal } from "./terminal.ts";
