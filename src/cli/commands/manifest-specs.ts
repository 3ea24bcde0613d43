import type { CommandSpec, Flag } from "../command.ts";

/** Which registries may be reached without TLS is the engine's own configuration. */
const insecure: Flag = {
  name: "insecure",
  kind: "boolean",
  hidden: true,
  description: "Allow communication with an insecure registry",
};
const text = (name: string, description: string): Flag => ({ name, kind: "string", description });

/** Lists of manifests: one name for an image on several platforms. */
export const manifestCommands: readonly CommandSpec[] = [
  {
    path: ["manifest", "inspect"],
    usage: "[OPTIONS] [MANIFEST_LIST] MANIFEST",
    summary: "Display an image manifest, or manifest list",
    flags: [
      insecure,
      {
        name: "verbose",
        short: "v",
        kind: "boolean",
        description: "Output additional info including layers and platform",
      },
    ],
    arguments: { min: 1, max: 2 },
    load: () => import("./manifest-inspect.ts"),
  },
  {
    path: ["manifest", "create"],
    usage: "[OPTIONS] MANIFEST_LIST MANIFEST [MANIFEST...]",
    summary: "Create a local manifest list for annotating and pushing to a registry",
    flags: [
      { name: "amend", short: "a", kind: "boolean", description: "Amend an existing manifest list" },
      insecure,
    ],
    arguments: { min: 2 },
    load: () => import("./manifest-create.ts"),
  },
  {
    path: ["manifest", "annotate"],
    usage: "[OPTIONS] MANIFEST_LIST MANIFEST",
    summary: "Add additional information to a local image manifest",
    flags: [
      text("arch", "Set architecture"),
      text("os", "Set operating system"),
      { name: "os-features", kind: "list", value: "strings", description: "Set operating system feature" },
      text("os-version", "Set operating system version"),
      text("variant", "Set architecture variant"),
    ],
    arguments: { min: 2, max: 2 },
    load: () => import("./manifest-annotate.ts"),
  },
  {
    path: ["manifest", "push"],
    usage: "[OPTIONS] MANIFEST_LIST",
    summary: "Push a manifest list to a repository",
    flags: [
      insecure,
      {
        name: "purge",
        short: "p",
        kind: "boolean",
        description: "Remove the local manifest list after push",
      },
    ],
    arguments: { min: 1, max: 1 },
    load: () => import("./manifest-push.ts"),
  },
  {
    path: ["manifest", "rm"],
    usage: "MANIFEST_LIST [MANIFEST_LIST...]",
    summary: "Delete one or more manifest lists from local storage",
    flags: [],
    arguments: { min: 1 },
    load: () => import("./manifest-rm.ts"),
  },
];
