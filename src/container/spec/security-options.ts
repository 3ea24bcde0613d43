import { readFileSync } from "node:fs";
import { invalid } from "../../core/index.ts";
import { parseSeccompProfile, type SeccompProfile } from "./seccomp-profile.ts";

export interface SecurityOptions {
  seccomp: "default" | "unconfined" | SeccompProfile;
  noNewPrivileges: boolean;
  apparmor?: string;
  /** `systempaths=unconfined`: nothing masked, nothing read-only. */
  systemPathsUnconfined: boolean;
}

/** Reads `--security-opt` values; a seccomp profile comes as JSON (the client read the file). @throws invalid */
export function parseSecurityOptions(options: readonly string[]): SecurityOptions {
  const out: SecurityOptions = { seccomp: "default", noNewPrivileges: false, systemPathsUnconfined: false };
  for (const option of options) {
    if (option === "no-new-privileges") {
      out.noNewPrivileges = true;
      continue;
    }
    const at = option.search(/[=:]/);
    if (at < 0) throw invalid(`invalid --security-opt 1: "${option}"`);
    const key = option.slice(0, at);
    const value = option.slice(at + 1);
    if (key === "seccomp") out.seccomp = seccompValue(value);
    else if (key === "no-new-privileges") out.noNewPrivileges = value === "true";
    else if (key === "apparmor") out.apparmor = value;
    else if (key === "systempaths" && value === "unconfined") out.systemPathsUnconfined = true;
    else if (key !== "label") throw invalid(`invalid --security-opt 2: "${option}"`);
  }
  return out;
}

function seccompValue(value: string): SecurityOptions["seccomp"] {
  if (value === "unconfined") return "unconfined";
  if (value === "builtin" || value === "") return "default";
  return parseSeccompProfile(value);
}

/** Whether the kernel filters system calls at all (seccomp(2)); without it containers run unfiltered. */
export function kernelHasSeccomp(): boolean {
  return /^Seccomp:/m.test(readFileSync("/proc/self/status", "utf8"));
}
