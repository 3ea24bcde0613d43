import { accessSync, constants, statSync } from "node:fs";
import { basename, isAbsolute, join } from "node:path";
import { unavailable } from "../core/index.ts";

/** Where distributions put these programs when a service's PATH is short. */
const USUAL_PLACES = [
  "/usr/local/sbin",
  "/usr/local/bin",
  "/usr/sbin",
  "/usr/bin",
  "/sbin",
  "/bin",
  "/usr/libexec/podman",
  "/usr/lib/podman",
  "/usr/libexec/crio",
];

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The path of a program on PATH or in a usual place; an absolute path is taken as it is. Undefined when missing. */
export function findProgram(name: string, path: string = process.env.PATH ?? ""): string | undefined {
  if (isAbsolute(name)) return isProgram(name) ? name : undefined;
  if (name.includes("/") || name === "") return undefined;
  const directories = new Set([...path.split(":").filter(isAbsolute), ...USUAL_PLACES]);
  for (const directory of directories) {
    const candidate = join(directory, name);
    if (isProgram(candidate)) return candidate;
  }
  return undefined;
}

const PACKAGE_COMMANDS: readonly (readonly [string, string])[] = [
  ["Debian/Ubuntu", "apt-get install"],
  ["Fedora", "dnf install"],
  ["Alpine", "apk add"],
  ["Arch", "pacman -S"],
];

/** The error for a program that is not there: its name and how each distribution installs it. */
export function missingProgram(name: string): Error {
  const bare = basename(name);
  const commands = PACKAGE_COMMANDS.map(([system, command]) => `${system}: ${command} ${bare}`).join("; ");
  return unavailable(`${name}: program not found. Install it (${commands})`);
}
