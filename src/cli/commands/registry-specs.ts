import type { CommandSpec, Flag } from "../command.ts";
import { formatFlag } from "./shared-flags.ts";

const allTags = (description: string): Flag => ({
  name: "all-tags",
  short: "a",
  kind: "boolean",
  description,
});
const quiet: Flag = { name: "quiet", short: "q", kind: "boolean", description: "Suppress verbose output" };
const contentTrust: Flag = {
  name: "disable-content-trust",
  kind: "boolean",
  default: true,
  hidden: true,
  description: "Skip image verification",
};

const jsonFormat: Flag = {
  name: "format",
  kind: "string",
  complete: ["json"],
  description: "Format of the output: 'json'",
};

/** Images from and to registries, and who we are to them. */
export const registryCommands: readonly CommandSpec[] = [
  {
    path: ["image", "pull"],
    aliases: [["pull"]],
    usage: "[OPTIONS] NAME[:TAG|@DIGEST]",
    summary: "Download an image from a registry",
    flags: [
      { name: "all-platforms", kind: "boolean", description: "Download it for every platform it has" },
      allTags("Download all tagged images in the repository"),
      contentTrust,
      { name: "platform", kind: "string", description: "Set platform if server is multi-platform capable" },
      quiet,
    ],
    arguments: { min: 1, max: 1 },
    complete: "images",
    load: () => import("./pull.ts"),
  },
  {
    path: ["image", "push"],
    aliases: [["push"]],
    usage: "[OPTIONS] NAME[:TAG]",
    summary: "Upload an image to a registry",
    flags: [
      allTags("Push all tags of an image to the repository"),
      contentTrust,
      {
        name: "platform",
        kind: "string",
        description:
          "Push only this platform of an image that has several, as an image of one platform (os[/arch[/variant]])",
      },
      quiet,
    ],
    arguments: { min: 1, max: 1 },
    complete: "images",
    load: () => import("./push.ts"),
  },
  {
    path: ["image", "tags"],
    usage: "[OPTIONS] NAME",
    summary: "List the tags that a registry has of an image",
    flags: [jsonFormat],
    arguments: { min: 1, max: 1 },
    load: () => import("./image-tags.ts"),
  },
  {
    path: ["image", "referrers"],
    usage: "[OPTIONS] NAME[:TAG|@DIGEST]",
    summary: "List what refers to an image in its registry: signatures, attestations, bills of materials",
    flags: [jsonFormat],
    arguments: { min: 1, max: 1 },
    complete: "images",
    load: () => import("./image-referrers.ts"),
  },
  {
    path: ["login"],
    usage: "[OPTIONS] [SERVER]",
    summary: "Authenticate to a registry",
    flags: [
      {
        name: "password",
        short: "p",
        kind: "string",
        description: "Password or Personal Access Token (PAT)",
      },
      {
        name: "password-stdin",
        kind: "boolean",
        description: "Take the Password or Personal Access Token (PAT) from stdin",
      },
      { name: "username", short: "u", kind: "string", description: "Username" },
    ],
    arguments: { min: 0, max: 1 },
    load: () => import("./login.ts"),
  },
  {
    path: ["logout"],
    usage: "[SERVER]",
    summary: "Log out from a registry",
    flags: [],
    arguments: { min: 0, max: 1 },
    load: () => import("./logout.ts"),
  },
  {
    path: ["search"],
    usage: "[OPTIONS] TERM",
    summary: "Search Docker Hub for images",
    flags: [
      {
        name: "filter",
        short: "f",
        kind: "list",
        value: "filter",
        description: "Show only what meets the condition: is-official=BOOL, stars=NUMBER",
      },
      formatFlag,
      { name: "limit", kind: "number", description: "Max number of search results" },
      { name: "no-trunc", kind: "boolean", description: "Don't truncate output" },
    ],
    arguments: { min: 1, max: 1 },
    load: () => import("./search.ts"),
  },
];
