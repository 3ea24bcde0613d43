import type { Flag } from "./command.ts";

/** Flags before the command. */
export const globalFlags: readonly Flag[] = [
  {
    name: "config",
    kind: "string",
    complete: "directories",
    description: 'Location of client config files (default "~/.docker")',
  },
  {
    name: "context",
    short: "c",
    kind: "string",
    description: "Name of the Docker context to use to connect to the daemon (overrides the environment)",
  },
  { name: "debug", short: "D", kind: "boolean", description: "Enable debug mode" },
  { name: "host", short: "H", kind: "string", description: "Daemon socket to connect to" },
  {
    name: "log-level",
    short: "l",
    kind: "string",
    default: "info",
    complete: ["debug", "info", "warn", "error", "fatal"],
    description: 'Set the logging level ("debug", "info", "warn", "error", "fatal")',
  },
  { name: "tls", kind: "boolean", description: "Use TLS; implied by --tlsverify" },
  {
    name: "tlscacert",
    kind: "string",
    complete: "files",
    description: "Trust certs signed only by this CA",
  },
  { name: "tlscert", kind: "string", complete: "files", description: "Path to TLS certificate file" },
  { name: "tlskey", kind: "string", complete: "files", description: "Path to TLS key file" },
  { name: "tlsverify", kind: "boolean", description: "Use TLS and verify the remote" },
  { name: "version", short: "v", kind: "boolean", description: "Print version information and quit" },
];

export const LOG_LEVELS: readonly string[] = [
  "trace",
  "debug",
  "info",
  "warn",
  "warning",
  "error",
  "fatal",
  "panic",
];
