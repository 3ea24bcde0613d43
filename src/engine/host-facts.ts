import { existsSync, readFileSync } from "node:fs";
import { cpus, hostname, release, totalmem } from "node:os";

/** `PRETTY_NAME` of os-release(5). */
export function operatingSystem(): { name: string; version: string } {
  const path = ["/etc/os-release", "/usr/lib/os-release"].find((candidate) => existsSync(candidate));
  const text = path ? readFileSync(path, "utf8") : "";
  const value = (key: string) =>
    new RegExp(`^${key}=(.*)$`, "m").exec(text)?.[1]?.replace(/^["']|["']$/g, "");
  return { name: value("PRETTY_NAME") ?? "Linux", version: value("VERSION_ID") ?? "" };
}

function sysctl(name: string): boolean {
  try {
    return readFileSync(`/proc/sys/${name}`, "utf8").trim() === "1";
  } catch {
    return false;
  }
}

export interface HostFacts {
  kernel: string;
  os: { name: string; version: string };
  cpus: number;
  memory: number;
  hostname: string;
  forwarding: boolean;
  bridgeNfIptables: boolean;
  bridgeNfIp6tables: boolean;
}

export function hostFacts(): HostFacts {
  return {
    kernel: release(),
    os: operatingSystem(),
    cpus: cpus().length,
    memory: totalmem(),
    hostname: hostname(),
    forwarding: sysctl("net/ipv4/ip_forward"),
    bridgeNfIptables: sysctl("net/bridge/bridge-nf-call-iptables"),
    bridgeNfIp6tables: sysctl("net/bridge/bridge-nf-call-ip6tables"),
  };
}

/** Which limits the kernel's control groups can enforce, from the controllers this host has. */
export function cgroupControllers(): Set<string> {
  try {
    return new Set(readFileSync("/sys/fs/cgroup/cgroup.controllers", "utf8").trim().split(" "));
  } catch {
    const lines = readFileSync("/proc/cgroups", "utf8").split("\n").slice(1);
    const enabled = lines.map((line) => line.split("\t")).filter(([, , , on]) => on === "1");
    return new Set(enabled.map(([name = ""]) => name));
  }
}
