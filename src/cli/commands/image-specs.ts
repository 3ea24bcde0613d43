import type { CommandSpec, Flag } from "../command.ts";
import { filterFlag, formatFlag, inspectFormatFlag, platformFlag, pruneFilterFlag } from "./shared-flags.ts";

const noTrunc: Flag = { name: "no-trunc", kind: "boolean", description: "Show ids and commands in full" };

/** Images: looking at them, naming them and removing them. */
export const imageCommands: readonly CommandSpec[] = [
  {
    path: ["image", "ls"],
    aliases: [["image", "list"], ["images"]],
    usage: "[OPTIONS] [REPOSITORY[:TAG]]",
    summary: "List images",
    flags: [
      { name: "all", short: "a", kind: "boolean", description: "Show intermediate images too" },
      { name: "digests", kind: "boolean", description: "Show digests" },
      filterFlag,
      formatFlag,
      noTrunc,
      { name: "quiet", short: "q", kind: "boolean", description: "Show image ids only" },
    ],
    arguments: { min: 0, max: 1 },
    complete: "images",
    load: () => import("./image-ls.ts"),
  },
  {
    path: ["image", "inspect"],
    usage: "[OPTIONS] IMAGE [IMAGE...]",
    summary: "Show all details of images",
    flags: [inspectFormatFlag, platformFlag],
    arguments: { min: 1 },
    complete: "images",
    load: () => import("./image-inspect.ts"),
  },
  {
    path: ["image", "history"],
    aliases: [["history"]],
    usage: "[OPTIONS] IMAGE",
    summary: "Show how an image was built",
    flags: [
      formatFlag,
      {
        name: "human",
        short: "H",
        kind: "boolean",
        default: true,
        description: "Show sizes and dates as people say them",
      },
      noTrunc,
      platformFlag,
      { name: "quiet", short: "q", kind: "boolean", description: "Show image ids only" },
    ],
    arguments: { min: 1, max: 1 },
    complete: "images",
    load: () => import("./image-history.ts"),
  },
  {
    path: ["image", "tag"],
    aliases: [["tag"]],
    usage: "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]",
    summary: "Give an image another name",
    flags: [],
    arguments: { min: 2, max: 2 },
    complete: "images",
    load: () => import("./image-tag.ts"),
  },
  {
    path: ["image", "rm"],
    aliases: [["image", "remove"], ["rmi"]],
    usage: "[OPTIONS] IMAGE [IMAGE...]",
    summary: "Remove images",
    flags: [
      { name: "force", short: "f", kind: "boolean", description: "Remove even what containers use" },
      { name: "no-prune", kind: "boolean", description: "Keep parents that have no name" },
      { ...platformFlag, kind: "list", value: "list" },
    ],
    arguments: { min: 1 },
    complete: "images",
    load: () => import("./image-rm.ts"),
  },
  {
    path: ["image", "prune"],
    usage: "[OPTIONS]",
    summary: "Remove unused images",
    flags: [
      {
        name: "all",
        short: "a",
        kind: "boolean",
        description: "Remove all unused images, not just dangling ones",
      },
      { name: "dry-run", kind: "boolean", description: "Only tell what would be removed" },
      pruneFilterFlag,
      { name: "force", short: "f", kind: "boolean", description: "Do not prompt for confirmation" },
    ],
    arguments: { min: 0, max: 0 },
    load: () => import("./image-prune.ts"),
  },
];
