import type { CommandSpec } from "../command.ts";
import { filterFlag, formatFlag, inspectFormatFlag } from "./shared-flags.ts";

const completionShells = ["bash", "zsh", "fish"] as const;

/** The engine as a whole, and the command line itself. */
export const systemCommands: readonly CommandSpec[] = [
  {
    path: ["version"],
    usage: "[OPTIONS]",
    summary: "Show the versions of client and engine",
    flags: [inspectFormatFlag],
    arguments: { min: 0, max: 0 },
    load: () => import("./system-version.ts"),
  },
  {
    path: ["system", "info"],
    aliases: [["info"]],
    usage: "[OPTIONS]",
    summary: "Show what the engine is and has",
    flags: [inspectFormatFlag],
    arguments: { min: 0, max: 0 },
    load: () => import("./system-info.ts"),
  },
  {
    path: ["system", "events"],
    aliases: [["events"]],
    usage: "[OPTIONS]",
    summary: "Follow what happens in the engine",
    flags: [
      filterFlag,
      { ...inspectFormatFlag, short: undefined },
      { name: "since", kind: "string", description: "Begin with events after this time" },
      { name: "until", kind: "string", description: "End at this time" },
    ],
    arguments: { min: 0, max: 0 },
    load: () => import("./system-events.ts"),
  },
  {
    path: ["system", "df"],
    usage: "[OPTIONS]",
    summary: "Show disk usage",
    flags: [
      formatFlag,
      { name: "verbose", short: "v", kind: "boolean", description: "Show what each object uses" },
    ],
    arguments: { min: 0, max: 0 },
    load: () => import("./system-df.ts"),
  },
  {
    path: ["system", "check"],
    usage: "[OPTIONS]",
    summary: "Read and verify everything that is stored",
    flags: [
      { name: "format", kind: "string", complete: ["json"], description: "Format of the output: 'json'" },
      {
        name: "repair",
        kind: "boolean",
        description: "Mend what can be mended without losing anything",
      },
    ],
    arguments: { min: 0, max: 0 },
    load: () => import("./system-check.ts"),
  },
  {
    path: ["inspect"],
    usage: "[OPTIONS] NAME|ID [NAME|ID...]",
    summary: "Show all details of containers, images, networks and volumes",
    flags: [
      inspectFormatFlag,
      { name: "size", short: "s", kind: "boolean", description: "Show the size of files of containers" },
      {
        name: "type",
        kind: "string",
        complete: ["container", "image", "network", "volume"],
        description: "Look for this kind of object only",
      },
    ],
    arguments: { min: 1 },
    complete: "containers",
    load: () => import("./inspect.ts"),
  },
  ...completionShells.map(
    (shell): CommandSpec => ({
      path: ["completion", shell],
      usage: "[flags]",
      summary: `Generate the autocompletion script for ${shell}`,
      flags: [
        { name: "no-descriptions", kind: "boolean", description: "Complete names without explaining them" },
      ],
      arguments: { min: 0, max: 0 },
      load: () => import("./completion.ts"),
    }),
  ),
  {
    path: ["__complete"],
    usage: "[WORD...]",
    summary: "Answer the completion scripts",
    flags: [],
    arguments: { min: 0 },
    stopAtFirst: true,
    hidden: true,
    load: () => import("./complete.ts"),
  },
];
