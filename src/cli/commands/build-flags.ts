import type { Flag } from "../command.ts";

const list = (name: string, description: string, short?: string): Flag => ({
  name,
  kind: "list",
  value: "list",
  description,
  ...(short && { short }),
});
const text = (name: string, description: string, more: Partial<Flag> = {}): Flag => ({
  name,
  kind: "string",
  description,
  ...more,
});
const yes = (name: string, description: string, more: Partial<Flag> = {}): Flag => ({
  name,
  kind: "boolean",
  description,
  ...more,
});
const integer = (name: string, description: string, more: Partial<Flag> = {}): Flag => ({
  name,
  kind: "number",
  value: "int",
  description,
  ...more,
});

/** Flags of `build`, those of the classic builder and `--progress`. */
export const buildFlags: readonly Flag[] = [
  list("add-host", 'Add a custom host-to-IP mapping ("host:ip")'),
  list("build-arg", "Set build-time variables"),
  list("cache-from", "Images to consider as cache sources"),
  text("cgroup-parent", 'Set the parent cgroup for the "RUN" instructions during build'),
  yes("compress", "Compress the build context using gzip"),
  integer("cpu-period", "Limit the CPU CFS (Completely Fair Scheduler) period"),
  integer("cpu-quota", "Limit the CPU CFS (Completely Fair Scheduler) quota"),
  integer("cpu-shares", "CPU shares (relative weight)", { short: "c" }),
  text("cpuset-cpus", "CPUs in which to allow execution (0-3, 0,1)"),
  text("cpuset-mems", "MEMs in which to allow execution (0-3, 0,1)"),
  yes("disable-content-trust", "Skip image verification", { default: true, hidden: true }),
  text("file", 'Name of the Dockerfile (Default is "PATH/Dockerfile")', { short: "f", complete: "files" }),
  yes("force-rm", "Always remove intermediate containers"),
  text("iidfile", "Write the image ID to the file", { complete: "files" }),
  text("isolation", "Container isolation technology", { hidden: true }),
  list("label", "Set metadata for an image"),
  text("memory", "Memory limit", { short: "m", value: "bytes" }),
  text("memory-swap", "Swap limit equal to memory plus swap: -1 to enable unlimited swap", {
    value: "bytes",
  }),
  text("network", 'Set the networking mode for the "RUN" instructions during build', {
    default: "default",
    complete: ["default", "host", "none"],
  }),
  yes("no-cache", "Do not use cache when building the image"),
  text("platform", "Set platform if server is multi-platform capable"),
  text("progress", 'Set type of progress output ("auto", "plain", "tty", "quiet", "rawjson")', {
    default: "auto",
    complete: ["auto", "plain", "tty", "quiet", "rawjson"],
  }),
  yes("pull", "Always attempt to pull a newer version of the image"),
  yes("quiet", "Suppress the build output and print image ID on success", { short: "q" }),
  yes("rm", "Remove intermediate containers after a successful build", { default: true }),
  list("security-opt", "Security options"),
  text("shm-size", 'Size of "/dev/shm"', { value: "bytes" }),
  yes("squash", "Squash newly built layers into a single new layer", { hidden: true }),
  list("tag", 'Name and optionally a tag in the "name:tag" format', "t"),
  text("target", "Set the target build stage to build"),
  list("ulimit", "Ulimit options"),
];
