import type { CommandSpec, Flag } from "../command.ts";
import { buildFlags } from "./build-flags.ts";
import { pruneFilterFlag } from "./shared-flags.ts";

const platform: Flag = {
  name: "platform",
  kind: "string",
  description: "Take only this platform of the image (os[/arch[/variant]])",
};

/** Commands that bring images here and away: build, load, save and import. */
export const buildCommands: readonly CommandSpec[] = [
  {
    path: ["image", "build"],
    aliases: [["build"], ["builder", "build"]],
    usage: "[OPTIONS] PATH | URL | -",
    summary: "Build an image from a Dockerfile",
    flags: buildFlags,
    arguments: { min: 1, max: 1 },
    complete: "directories",
    load: () => import("./build.ts"),
  },
  {
    path: ["builder", "prune"],
    usage: "",
    summary: "Remove build cache",
    flags: [
      {
        name: "all",
        short: "a",
        kind: "boolean",
        description: "Remove all unused build cache, not just dangling ones",
      },
      pruneFilterFlag,
      { name: "force", short: "f", kind: "boolean", description: "Do not prompt for confirmation" },
    ],
    arguments: { min: 0, max: 0 },
    load: () => import("./builder-prune.ts"),
  },
  {
    path: ["image", "load"],
    aliases: [["load"]],
    usage: "[OPTIONS]",
    summary: "Load an image from a tar archive, an OCI image layout or STDIN",
    flags: [
      {
        name: "input",
        short: "i",
        kind: "string",
        description: "Read from a tar archive file or the folder of an OCI image layout, instead of STDIN",
        complete: "files",
      },
      platform,
      { name: "quiet", short: "q", kind: "boolean", description: "Suppress the load output" },
    ],
    arguments: { min: 0, max: 0 },
    load: () => import("./load.ts"),
  },
  {
    path: ["image", "save"],
    aliases: [["save"]],
    usage: "[OPTIONS] IMAGE [IMAGE...]",
    summary: "Save one or more images to a tar archive (streamed to STDOUT by default)",
    flags: [
      {
        name: "output",
        short: "o",
        kind: "string",
        description: "Write to a file, instead of STDOUT",
        complete: "files",
      },
      platform,
    ],
    arguments: { min: 1 },
    complete: "images",
    load: () => import("./save.ts"),
  },
  {
    path: ["image", "import"],
    aliases: [["import"]],
    usage: "[OPTIONS] file|URL|- [REPOSITORY[:TAG]]",
    summary: "Import the contents from a tarball to create a filesystem image",
    flags: [
      {
        name: "change",
        short: "c",
        kind: "list",
        value: "list",
        description: "Apply Dockerfile instruction to the created image",
      },
      { name: "message", short: "m", kind: "string", description: "Set commit message for imported image" },
      { name: "platform", kind: "string", description: "Set platform if server is multi-platform capable" },
    ],
    arguments: { min: 1, max: 2 },
    complete: "files",
    load: () => import("./import.ts"),
  },
];
