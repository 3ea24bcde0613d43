import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { Contender } from "./contender.ts";

/** A running Docker daemon, by its address, with the docker program on PATH. */
export function docker(host: string): Contender {
  const program = Bun.which("docker");
  if (!program) throw new Error("--peer-docker needs the docker program on PATH");
  const hasBuildx = Bun.spawnSync([program, "buildx", "version"]).exitCode === 0;
  return {
    name: "docker",
    command: [program],
    env: { DOCKER_HOST: host, ...(hasBuildx ? {} : { DOCKER_BUILDKIT: "0" }) },
    buildFlags: [],
    registryFlags: [],
    daemonPids: () => withContainerd(listenerOf(host.replace("unix://", ""))),
  };
}

/** Podman, by the words that call it. It has no daemon. */
export function podman(command: string): Contender {
  return {
    name: "podman",
    command: command.split(/\s+/).filter(Boolean),
    env: { PODMAN_IGNORE_CGROUPSV1_WARNING: "1" },
    // It caches layers only when told to, and asks for limits that not every machine allows.
    buildFlags: ["--layers", "--ulimit", "nofile=1024:1024", "--ulimit", "nproc=1024:1024"],
    registryFlags: ["--tls-verify=false"],
    daemonPids: () => [],
  };
}

const pids = () => readdirSync("/proc").map(Number).filter(Number.isInteger);

/** The process that holds a listening unix socket. */
function listenerOf(path: string): number | undefined {
  const sockets = readFileSync("/proc/net/unix", "utf8").split("\n");
  const inode = sockets
    .find((line) => line.endsWith(` ${path}`))
    ?.trim()
    .split(/\s+/)[6];
  return pids().find((pid) => {
    try {
      return readdirSync(`/proc/${pid}/fd`).some(
        (fd) => readlinkSync(`/proc/${pid}/fd/${fd}`) === `socket:[${inode}]`,
      );
    } catch {
      return false;
    }
  });
}

/** dockerd with the containerd it started. */
function withContainerd(dockerd: number | undefined): number[] {
  if (dockerd === undefined) return [];
  const isContainerd = (pid: number) => {
    try {
      const [, name, rest] = /\((.*)\) \S (.*)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
      return name === "containerd" && Number(rest?.split(" ")[0]) === dockerd;
    } catch {
      return false;
    }
  };
  return [dockerd, ...pids().filter(isContainerd)];
}
