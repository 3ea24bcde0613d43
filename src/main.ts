import type { CommandSpec } from "./cli/command.ts";
import { main } from "./cli/main.ts";

/**
 * The one executable: the command line, and with `daemon` the engine. The engine's code is loaded only then.
 */
const daemonCommand: CommandSpec = {
  path: ["daemon"],
  usage: "[OPTIONS]",
  summary: "Run the engine in the foreground",
  flags: [
    {
      name: "host",
      short: "H",
      kind: "list",
      value: "list",
      description: "Address to serve the API on (default unix:///run/berth/berth.sock)",
    },
    {
      name: "data-root",
      kind: "string",
      complete: "directories",
      description: "Directory of everything kept: images, containers, volumes (default /var/lib/berth)",
    },
    {
      name: "exec-root",
      kind: "string",
      complete: "directories",
      description: "Directory of run-time state, lost at a reboot (default /run/berth)",
    },
    { name: "bridge", kind: "string", description: "Name of the default network's bridge (default berth0)" },
    {
      name: "runtime",
      kind: "string",
      description: "OCI runtime, by name or path (default crun where it can run, else runc)",
    },
    { name: "pidfile", kind: "string", complete: "files", description: "File to write the daemon's pid to" },
    {
      name: "config",
      kind: "string",
      complete: "files",
      description:
        "Configuration file, TOML or JSON (default /etc/berth/config.toml or .json, where there is one)",
    },
    {
      name: "favor-dynmods",
      kind: "string",
      complete: ["on", "off"],
      description:
        "Have the kernel favour changes of control groups, where the runtime needs them (default on)",
    },
    {
      name: "layer-format",
      kind: "string",
      complete: ["auto", "erofs", "directory"],
      description: "How layers are kept: as tar with an EROFS index, or unpacked (default auto)",
    },
    {
      name: "lean",
      kind: "string",
      complete: ["on", "off"],
      description: "Drop what only an exact push needs, the compressed layers (default off)",
    },
    {
      name: "insecure-registry",
      kind: "list",
      value: "list",
      description: "Registry (host[:port] or CIDR) that may be reached without valid TLS",
    },
    {
      name: "registry-mirror",
      kind: "list",
      value: "list",
      description: "URL that is asked for Docker Hub's images first",
    },
    {
      name: "registry-certificates",
      kind: "list",
      value: "list",
      complete: "directories",
      description:
        "Directory of certificates for registries (default /etc/berth/certs.d and /etc/docker/certs.d)",
    },
    {
      name: "log-level",
      kind: "string",
      complete: ["debug", "info", "warn", "error"],
      description: "Least level of the daemon's own messages (default info)",
    },
    {
      name: "log-format",
      kind: "string",
      complete: ["text", "json"],
      description: "Form of the daemon's own messages (default text)",
    },
  ],
  arguments: { min: 0, max: 0 },
  load: () => import("./daemon/command.ts"),
};

process.exit(await main(process.argv.slice(2), [daemonCommand]));
