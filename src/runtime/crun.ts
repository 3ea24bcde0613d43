import { closeSync, constants, openSync, readdirSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { codeOf, internal } from "../core/index.ts";
import { cgroupMode } from "../kernel/index.ts";
import type { RuntimeKind, RuntimeState } from "./adapter.ts";

const TOP = "/sys/fs/cgroup";

/** The container's groups on the host: one in the version 2 tree, or one in each hierarchy of version 1. */
function groupsOf(path: string): string[] {
  return cgroupMode() === "unified"
    ? [join(TOP, path)]
    : readdirSync(TOP).map((hierarchy) => join(TOP, hierarchy, path));
}

function readState(directory: string): RuntimeState | undefined {
  try {
    const status = JSON.parse(readFileSync(join(directory, "status"), "utf8")) as {
      "cgroup-path"?: string;
      "process-start-time"?: number;
    };
    const path = status["cgroup-path"];
    const startTime = status["process-start-time"];
    return { cgroups: path ? groupsOf(path) : [], ...(startTime && { startTime }) };
  } catch {
    return undefined;
  }
}

/**
 * crun's first process holds `exec.fifo` open for reading and waits for a byte. So the starter opens it for writing,
 * unlinks it (its presence means "created") and writes one zero.
 */
async function release(directory: string, isAlive: () => boolean): Promise<boolean> {
  const path = join(directory, "exec.fifo");
  for (let turn = 0; ; turn++) {
    let fd: number;
    try {
      fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    } catch (error) {
      if (codeOf(error) === "ENOENT") return false;
      if (codeOf(error) !== "ENXIO") throw error;
      // Nobody reads yet, or nobody ever will.
      if (turn > 20 && !isAlive())
        throw internal("the container's first process ended before it could be started");
      if (turn > 5000) throw internal("the container's first process does not start");
      await Bun.sleep(turn < 20 ? 0 : 2);
      continue;
    }
    try {
      rmSync(path, { force: true });
      writeSync(fd, new Uint8Array(1));
      return true;
    } finally {
      closeSync(fd);
    }
  }
}

/** https://github.com/containers/crun, version 1. */
export const crun: RuntimeKind = { kind: "crun", execPassesStreams: true, readState, release };
