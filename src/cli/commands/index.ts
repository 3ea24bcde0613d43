import type { CommandSpec } from "../command.ts";
import { containerCommands } from "./container-specs.ts";
import { engineCommands } from "./engine-specs.ts";
import { imageCommands } from "./image-specs.ts";
import { manifestCommands } from "./manifest-specs.ts";
import { networkCommands } from "./network-specs.ts";
import { processCommands } from "./process-specs.ts";
import { registryCommands } from "./registry-specs.ts";
import { systemCommands } from "./system-specs.ts";

/** Every command. The specs are light; a command's code is loaded when it runs. */
export const commands: readonly CommandSpec[] = [
  ...containerCommands,
  ...processCommands,
  ...imageCommands,
  ...registryCommands,
  ...manifestCommands,
  ...networkCommands,
  ...systemCommands,
  ...engineCommands,
];
