import type { CommandSpec, Flag } from "../command.ts";
import { containerFlags, runFlags } from "../run-options/flags.ts";
import { buildCommands } from "./build-specs.ts";
import { detachKeys, execFlags } from "./exec-flags.ts";

const sigProxy: Flag = {
  name: "sig-proxy",
  kind: "boolean",
  default: true,
  description: "Proxy all received signals to the process",
};
const signal = (description: string, fallback?: string): Flag => ({
  name: "signal",
  short: "s",
  kind: "string",
  description,
  ...(fallback !== undefined && { default: fallback }),
  complete: ["HUP", "INT", "KILL", "QUIT", "TERM", "USR1", "USR2"],
});
const stopTimeout: readonly Flag[] = [
  { name: "time", kind: "number", value: "int", description: "Seconds to wait before killing", hidden: true },
  {
    name: "timeout",
    short: "t",
    kind: "number",
    value: "int",
    description: "Seconds to wait before killing the container",
  },
];
/** Commands that run and end the processes of containers, and those that make or move whole images. */
export const processCommands: readonly CommandSpec[] = [
  {
    path: ["container", "run"],
    aliases: [["run"]],
    usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
    summary: "Create and run a new container from an image",
    flags: [...containerFlags, ...runFlags],
    arguments: { min: 1 },
    stopAtFirst: true,
    complete: "images",
    load: () => import("./run.ts"),
  },
  {
    path: ["container", "create"],
    aliases: [["create"]],
    usage: "[OPTIONS] IMAGE [COMMAND] [ARG...]",
    summary: "Create a new container",
    flags: containerFlags,
    arguments: { min: 1 },
    stopAtFirst: true,
    complete: "images",
    load: () => import("./create.ts"),
  },
  {
    path: ["container", "start"],
    aliases: [["start"]],
    usage: "[OPTIONS] CONTAINER [CONTAINER...]",
    summary: "Start one or more stopped containers",
    flags: [
      {
        name: "attach",
        short: "a",
        kind: "boolean",
        description: "Attach STDOUT/STDERR and forward signals",
      },
      { name: "checkpoint", kind: "string", description: "Restore from this checkpoint", hidden: true },
      { name: "checkpoint-dir", kind: "string", description: "Use this checkpoint directory", hidden: true },
      detachKeys,
      { name: "interactive", short: "i", kind: "boolean", description: "Attach container's STDIN" },
    ],
    arguments: { min: 1 },
    complete: "containers",
    load: () => import("./start.ts"),
  },
  {
    path: ["container", "attach"],
    aliases: [["attach"]],
    usage: "[OPTIONS] CONTAINER",
    summary: "Attach local standard input, output, and error streams to a running container",
    flags: [detachKeys, { name: "no-stdin", kind: "boolean", description: "Do not attach STDIN" }, sigProxy],
    arguments: { min: 1, max: 1 },
    complete: "running-containers",
    load: () => import("./attach.ts"),
  },
  {
    path: ["container", "exec"],
    aliases: [["exec"]],
    usage: "[OPTIONS] CONTAINER COMMAND [ARG...]",
    summary: "Execute a command in a running container",
    flags: execFlags,
    arguments: { min: 2 },
    stopAtFirst: true,
    complete: "running-containers",
    load: () => import("./exec.ts"),
  },
  {
    path: ["container", "logs"],
    aliases: [["logs"]],
    usage: "[OPTIONS] CONTAINER",
    summary: "Fetch the logs of a container",
    flags: [
      { name: "details", kind: "boolean", description: "Show extra details provided to logs" },
      { name: "follow", short: "f", kind: "boolean", description: "Follow log output" },
      {
        name: "since",
        kind: "string",
        description:
          'Show logs since timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)',
      },
      {
        name: "tail",
        short: "n",
        kind: "string",
        default: "all",
        description: "Number of lines to show from the end of the logs",
      },
      { name: "timestamps", short: "t", kind: "boolean", description: "Show timestamps" },
      {
        name: "until",
        kind: "string",
        description:
          'Show logs before a timestamp (e.g. "2013-01-02T13:23:37Z") or relative (e.g. "42m" for 42 minutes)',
      },
    ],
    arguments: { min: 1, max: 1 },
    complete: "containers",
    load: () => import("./logs.ts"),
  },
  {
    path: ["container", "stop"],
    aliases: [["stop"]],
    usage: "[OPTIONS] CONTAINER [CONTAINER...]",
    summary: "Stop one or more running containers",
    flags: [signal("Signal to send to the container"), ...stopTimeout],
    arguments: { min: 1 },
    complete: "running-containers",
    load: () => import("./stop.ts"),
  },
  {
    path: ["container", "kill"],
    aliases: [["kill"]],
    usage: "[OPTIONS] CONTAINER [CONTAINER...]",
    summary: "Kill one or more running containers",
    flags: [signal("Signal to send to the container")],
    arguments: { min: 1 },
    complete: "running-containers",
    load: () => import("./kill.ts"),
  },
  {
    path: ["container", "restart"],
    aliases: [["restart"]],
    usage: "[OPTIONS] CONTAINER [CONTAINER...]",
    summary: "Restart one or more containers",
    flags: [signal("Signal to send to the container"), ...stopTimeout],
    arguments: { min: 1 },
    complete: "containers",
    load: () => import("./restart.ts"),
  },
  {
    path: ["container", "rm"],
    aliases: [["container", "remove"], ["rm"]],
    usage: "[OPTIONS] CONTAINER [CONTAINER...]",
    summary: "Remove one or more containers",
    flags: [
      {
        name: "force",
        short: "f",
        kind: "boolean",
        description: "Force the removal of a running container (uses SIGKILL)",
      },
      { name: "link", short: "l", kind: "boolean", description: "Remove the specified link" },
      {
        name: "volumes",
        short: "v",
        kind: "boolean",
        description: "Remove anonymous volumes associated with the container",
      },
    ],
    arguments: { min: 1 },
    complete: "containers",
    load: () => import("./rm.ts"),
  },
  ...buildCommands,
];
