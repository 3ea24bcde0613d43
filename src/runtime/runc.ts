import { closeSync, constants, openSync, readFileSync, readSync, rmSync } from "node:fs";
import { join } from "node:path";
import { codeOf, internal } from "../core/index.ts";
import type { RuntimeKind, RuntimeState } from "./adapter.ts";

function readState(directory: string): RuntimeState | undefined {
  try {
    const state = JSON.parse(readFileSync(join(directory, "state.json"), "utf8")) as {
      init_process_start?: number;
      cgroup_paths?: Record<string, string>;
    };
    const { freezer, devices, ...others } = state.cgroup_paths ?? {};
    const cgroups = [freezer, devices, ...Object.values(others)].filter((path) => path !== undefined);
    return { cgroups, ...(state.init_process_start && { startTime: state.init_process_start }) };
  } catch {
    return undefined;
  }
}

/** Longer than any scheduling delay; by then a process that lives has written its byte. */
const PATIENCE_MS = 10_000;

/**
 * runc's first process opens `exec.fifo` for writing, which blocks until there is a reader, and writes one byte.
 * So the starter opens it for reading, takes the byte and unlinks the fifo (its presence means "created").
 */
async function release(directory: string, isAlive: () => boolean): Promise<boolean> {
  const path = join(directory, "exec.fifo");
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === "ENOENT") return false;
    throw error;
  }
  try {
    const byte = Buffer.alloc(1);
    const deadline = performance.now() + PATIENCE_MS;
    for (let turn = 0; !took(fd, byte); turn++) {
      if (turn > 20 && !isAlive())
        throw internal("the container's first process ended before it could be started");
      if (performance.now() > deadline) throw internal("the container's first process does not start");
      await Bun.sleep(turn < 20 ? 0 : 2);
    }
    rmSync(path, { force: true });
    return true;
  } finally {
    closeSync(fd);
  }
}

function took(fd: number, byte: Buffer): boolean {
  try {
    return readSync(fd, byte) > 0;
  } catch (error) {
    if (codeOf(error) === "EAGAIN") return false;
    throw error;
  }
}

/** https://github.com/opencontainers/runc, versions 1.0 to 1.3. */
export const runc: RuntimeKind = { kind: "runc", execPassesStreams: false, readState, release };
