import type { Flag } from "../command.ts";

type Kind = Flag["kind"];

/** One row: name, kind, the value's name in help, description, and what is special about it. */
function flag(
  name: string,
  kind: Kind,
  value: string | undefined,
  description: string,
  more: Partial<Flag> = {},
): Flag {
  return { name, kind, description, ...(value !== undefined && { value }), ...more };
}

const text = (name: string, description: string, more?: Partial<Flag>, value = "string") =>
  flag(name, "string", value, description, more);
const many = (name: string, description: string, more?: Partial<Flag>, value = "list") =>
  flag(name, "list", value, description, more);
const yes = (name: string, description: string, more?: Partial<Flag>) =>
  flag(name, "boolean", undefined, description, more);
const integer = (name: string, description: string, more?: Partial<Flag>, value = "int") =>
  flag(name, "number", value, description, more);

/** What `run` and `create` share: everything that describes the container to make. */
export const containerFlags: readonly Flag[] = [
  many("add-host", "Add a custom host-to-IP mapping (host:ip)"),
  many("annotation", "Add an annotation to the container (passed through to the OCI runtime)", {}, "map"),
  many("attach", "Attach to STDIN, STDOUT or STDERR", {
    short: "a",
    complete: ["stdin", "stdout", "stderr"],
  }),
  text(
    "blkio-weight",
    "Block IO (relative weight), between 10 and 1000, or 0 to disable (default 0)",
    {},
    "uint16",
  ),
  many("blkio-weight-device", "Block IO weight (relative device weight)"),
  many("cap-add", "Add Linux capabilities"),
  many("cap-drop", "Drop Linux capabilities"),
  text("cgroup-parent", "Optional parent cgroup for the container"),
  text("cgroupns", "Cgroup namespace to use: the host's, or the container's own (host|private)", {
    complete: ["host", "private"],
  }),
  text("cidfile", "Write the container ID to the file", { complete: "files" }),
  integer("cpu-count", "CPU count (Windows only)", { hidden: true }),
  integer("cpu-percent", "CPU percent (Windows only)", { hidden: true }),
  integer("cpu-period", "Limit CPU CFS (Completely Fair Scheduler) period"),
  integer("cpu-quota", "Limit CPU CFS (Completely Fair Scheduler) quota"),
  integer("cpu-rt-period", "Limit CPU real-time period in microseconds"),
  integer("cpu-rt-runtime", "Limit CPU real-time runtime in microseconds"),
  integer("cpu-shares", "CPU shares (relative weight)", { short: "c" }),
  text("cpus", "Number of CPUs", {}, "decimal"),
  text("cpuset-cpus", "CPUs in which to allow execution (0-3, 0,1)"),
  text("cpuset-mems", "MEMs in which to allow execution (0-3, 0,1)"),
  many("device", "Add a host device to the container", { complete: "files" }),
  many("device-cgroup-rule", "Add a rule to the cgroup allowed devices list"),
  many("device-read-bps", "Limit read rate (bytes per second) from a device"),
  many("device-read-iops", "Limit read rate (IO per second) from a device"),
  many("device-write-bps", "Limit write rate (bytes per second) to a device"),
  many("device-write-iops", "Limit write rate (IO per second) to a device"),
  yes("disable-content-trust", "Skip image verification", { default: true, hidden: true }),
  many("dns", "Set custom DNS servers"),
  many("dns-opt", "Set DNS options", { hidden: true }),
  many("dns-option", "Set DNS options"),
  many("dns-search", "Set custom DNS search domains"),
  text("domainname", "Container NIS domain name"),
  text("entrypoint", "Overwrite the default ENTRYPOINT of the image"),
  many("env", "Set environment variables", { short: "e" }),
  many("env-file", "Read in a file of environment variables", { complete: "files" }),
  many("expose", "Expose a port or a range of ports"),
  many("gpus", "GPU devices to add to the container ('all' to pass all GPUs)", {}, "gpu-request"),
  many("group-add", "Add additional groups to join"),
  text("health-cmd", "Command to run to check health"),
  text("health-interval", "Time between running the check (ms|s|m|h) (default 0s)", {}, "duration"),
  integer("health-retries", "Consecutive failures needed to report unhealthy"),
  text(
    "health-start-interval",
    "Time between running the check during the start period (ms|s|m|h) (default 0s)",
    {},
    "duration",
  ),
  text(
    "health-start-period",
    "Start period for the container to initialize before starting health-retries countdown (ms|s|m|h) (default 0s)",
    {},
    "duration",
  ),
  text("health-timeout", "Maximum time to allow one check to run (ms|s|m|h) (default 0s)", {}, "duration"),
  text("hostname", "Container host name", { short: "h" }),
  yes("init", "Run an init inside the container that forwards signals and reaps processes"),
  yes("interactive", "Keep STDIN open even if not attached", { short: "i" }),
  text("io-maxbandwidth", "Maximum IO bandwidth limit for the system drive (Windows only)", { hidden: true }),
  integer("io-maxiops", "Maximum IOps limit for the system drive (Windows only)", { hidden: true }),
  text("ip", "IPv4 address (e.g., 172.30.100.104)"),
  text("ip6", "IPv6 address (e.g., 2001:db8::33)"),
  text("ipc", "IPC mode to use", { complete: ["host", "none", "private", "shareable", "container:"] }),
  text("isolation", "Container isolation technology", { hidden: true }),
  text("kernel-memory", "Kernel memory limit", { hidden: true }, "bytes"),
  many("label", "Set meta data on a container", { short: "l" }),
  many("label-file", "Read in a line delimited file of labels", { complete: "files" }),
  many("link", "Add link to another container"),
  many("link-local-ip", "Container IPv4/IPv6 link-local addresses"),
  text("log-driver", "Logging driver for the container", { complete: ["json-file", "local", "none"] }),
  many("log-opt", "Log driver options"),
  text("mac-address", "Container MAC address (e.g., 92:d0:c6:0a:29:33)"),
  text("memory", "Memory limit", { short: "m" }, "bytes"),
  text("memory-reservation", "Memory soft limit", {}, "bytes"),
  text("memory-swap", "Swap limit equal to memory plus swap: '-1' to enable unlimited swap", {}, "bytes"),
  integer("memory-swappiness", "Tune container memory swappiness (0 to 100)", { default: -1 }),
  many("mount", "Attach a filesystem mount to the container", {}, "mount"),
  text("name", "Assign a name to the container"),
  many("net", "Connect a container to a network", { hidden: true }),
  many("net-alias", "Add network-scoped alias for the container", { hidden: true }),
  many("network", "Connect a container to a network", { complete: "networks" }, "network"),
  many("network-alias", "Add network-scoped alias for the container"),
  yes("no-healthcheck", "Disable any container-specified HEALTHCHECK"),
  yes("oom-kill-disable", "Disable OOM Killer"),
  integer("oom-score-adj", "Tune host's OOM preferences (-1000 to 1000)"),
  text("pid", "PID namespace to use", { complete: ["host", "container:"] }),
  integer("pids-limit", "Tune container pids limit (set -1 for unlimited)"),
  text("platform", "Set platform if server is multi-platform capable"),
  yes("privileged", "Give extended privileges to this container"),
  many("publish", "Publish a container's port(s) to the host", { short: "p" }),
  yes("publish-all", "Publish all exposed ports to random ports", { short: "P" }),
  text("pull", 'Pull image before running ("always", "missing", "never")', {
    default: "missing",
    complete: ["always", "missing", "never"],
  }),
  yes("quiet", "Suppress the pull output", { short: "q" }),
  yes("read-only", "Mount the container's root filesystem as read only"),
  text("restart", "Restart policy to apply when a container exits", {
    default: "no",
    complete: ["no", "always", "on-failure", "unless-stopped"],
  }),
  yes("rm", "Automatically remove the container and its associated anonymous volumes when it exits"),
  text("runtime", "Runtime to use for this container"),
  many("security-opt", "Security Options"),
  text("shm-size", "Size of /dev/shm", {}, "bytes"),
  text("stop-signal", "Signal to stop the container"),
  integer("stop-timeout", "Timeout (in seconds) to stop a container"),
  many("storage-opt", "Storage driver options for the container"),
  many("sysctl", "Sysctl options", {}, "map"),
  many("tmpfs", "Mount a tmpfs directory"),
  yes("tty", "Allocate a pseudo-TTY", { short: "t" }),
  many("ulimit", "Ulimit options", {}, "ulimit"),
  yes("use-api-socket", "Bind mount the engine's API socket, and copy the credentials for registries"),
  text("user", "Username or UID (format: <name|uid>[:<group|gid>])", { short: "u" }),
  text("userns", "User namespace to use", { complete: ["host"] }),
  text("uts", "UTS namespace to use", { complete: ["host"] }),
  many("volume", "Bind mount a volume", { short: "v", complete: "files" }),
  text("volume-driver", "Optional volume driver for the container"),
  many("volumes-from", "Mount volumes from the specified container(s)", { complete: "containers" }),
  text("workdir", "Working directory inside the container", { short: "w" }),
];

/** What only `run` has. */
export const runFlags: readonly Flag[] = [
  yes("detach", "Run container in background and print container ID", { short: "d" }),
  text("detach-keys", "Override the key sequence for detaching a container"),
  yes("sig-proxy", "Proxy received signals to the process", { default: true }),
];
