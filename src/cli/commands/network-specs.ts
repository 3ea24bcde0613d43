import type { CommandSpec } from "../command.ts";
import { filterFlag, formatFlag, inspectFormatFlag } from "./shared-flags.ts";

/** Networks. */
export const networkCommands: readonly CommandSpec[] = [
  {
    path: ["network", "ls"],
    aliases: [["network", "list"]],
    usage: "[OPTIONS]",
    summary: "List networks",
    flags: [
      filterFlag,
      formatFlag,
      { name: "no-trunc", kind: "boolean", description: "Show ids in full" },
      { name: "quiet", short: "q", kind: "boolean", description: "Show network ids only" },
    ],
    arguments: { min: 0, max: 0 },
    load: () => import("./network-ls.ts"),
  },
  {
    path: ["network", "inspect"],
    usage: "[OPTIONS] NETWORK [NETWORK...]",
    summary: "Show all details of networks",
    flags: [
      inspectFormatFlag,
      { name: "verbose", short: "v", kind: "boolean", description: "Show more, for diagnosis" },
    ],
    arguments: { min: 1 },
    complete: "networks",
    load: () => import("./network-inspect.ts"),
  },
];
