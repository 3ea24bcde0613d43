import type { Flag } from "../command.ts";

/** The flag of every command that can leave a container running behind. */
export const detachKeys: Flag = {
  name: "detach-keys",
  kind: "string",
  description: "Override the key sequence for detaching a container",
};

/** Flags of `exec`. */
export const execFlags: readonly Flag[] = [
  {
    name: "detach",
    short: "d",
    kind: "boolean",
    description: "Detached mode: run command in the background",
  },
  detachKeys,
  { name: "env", short: "e", kind: "list", value: "list", description: "Set environment variables" },
  {
    name: "env-file",
    kind: "list",
    value: "list",
    description: "Read in a file of environment variables",
    complete: "files",
  },
  {
    name: "interactive",
    short: "i",
    kind: "boolean",
    description: "Keep STDIN open even if not attached",
  },
  { name: "privileged", kind: "boolean", description: "Give extended privileges to the command" },
  { name: "tty", short: "t", kind: "boolean", description: "Allocate a pseudo-TTY" },
  {
    name: "user",
    short: "u",
    kind: "string",
    description: 'Username or UID (format: "<name|uid>[:<group|gid>]")',
  },
  { name: "workdir", short: "w", kind: "string", description: "Working directory inside the container" },
];
