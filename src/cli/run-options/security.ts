import { invalid, messageOf } from "../../core/index.ts";
import type { ReadFile } from "./env.ts";
import { systemReason } from "./system-reason.ts";
import { cut, pairs } from "./text.ts";

export interface SecurityChoice {
  readonly options: string[];
  /** `systempaths=unconfined`: no masked and no read-only paths under /proc and /sys. */
  readonly unconfinedPaths: boolean;
}

/**
 * `--security-opt` values. A seccomp profile is a file of the client's, so it is read here and sent as compact JSON.
 * @throws invalid
 */
export function parseSecurityOptions(values: readonly string[], readFile: ReadFile): SecurityChoice {
  const options: string[] = [];
  let unconfinedPaths = false;
  for (const value of values) {
    if (value === "systempaths=unconfined") {
      unconfinedPaths = true;
      continue;
    }
    const separator = value.includes("=") ? "=" : ":";
    const [name, setting] = cut(value, separator);
    if (setting === undefined && name !== "no-new-privileges") {
      throw invalid(`Invalid --security-opt: ${JSON.stringify(value)}`);
    }
    const isProfile =
      name === "seccomp" && setting !== undefined && setting !== "unconfined" && setting !== "builtin";
    options.push(isProfile ? `seccomp=${readProfile(setting, readFile)}` : value);
  }
  return { options, unconfinedPaths };
}

function readProfile(path: string, readFile: ReadFile): string {
  let content: string;
  try {
    content = new TextDecoder().decode(readFile(path));
  } catch (error) {
    throw invalid(`opening seccomp profile (${path}) failed: open ${path}: ${systemReason(error)}`);
  }
  try {
    return JSON.stringify(JSON.parse(content));
  } catch (error) {
    throw invalid(`compacting json for seccomp profile (${path}) failed: ${messageOf(error)}`);
  }
}

/** A capability in the form `CAP_NET_ADMIN`; `ALL` stands for every one. */
export function normaliseCapability(text: string): string {
  const name = text.toUpperCase();
  return name === "ALL" || name.startsWith("CAP_") ? name : `CAP_${name}`;
}

const SYSCTLS = new Set(
  ["msgmax", "msgmnb", "msgmni", "sem", "shmall", "shmmax", "shmmni", "shm_rmid_forced"].map(
    (name) => `kernel.${name}`,
  ),
);

/** One `--sysctl`, `name=value`, of those that belong to a namespace. @throws invalid */
export function parseSysctl(text: string): string {
  const [name, value] = cut(text, "=");
  const namespaced = SYSCTLS.has(name) || name.startsWith("net.") || name.startsWith("fs.mqueue.");
  if (value === undefined || !namespaced) throw invalid(`sysctl '${text}' is not allowed`);
  return text;
}

/** `--log-opt` values. @throws invalid when the driver keeps no log */
export function parseLogOptions(driver: string, values: readonly string[]): Record<string, string> {
  if (driver === "none" && values.length > 0) throw invalid(`invalid logging opts for driver ${driver}`);
  return pairs(values);
}

/** `--storage-opt` values. @throws invalid for one without `=` */
export function parseStorageOptions(values: readonly string[]): Record<string, string> {
  if (values.some((value) => !value.includes("="))) throw invalid("invalid storage option");
  return pairs(values);
}

/** @throws invalid when a namespace is not one that the flag takes */
export function checkNamespaces(modes: { pid: string; uts: string; userns: string; cgroupns: string }): void {
  if (!["", "host"].includes(modes.pid) && !/^container:.+$/s.test(modes.pid)) {
    throw invalid("--pid: invalid PID mode");
  }
  if (!["", "host"].includes(modes.uts)) throw invalid("--uts: invalid UTS mode");
  if (!["", "host"].includes(modes.userns)) throw invalid("--userns: invalid USER mode");
  if (!["", "host", "private"].includes(modes.cgroupns)) throw invalid("--cgroupns: invalid CGROUP mode");
}
