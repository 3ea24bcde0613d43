import { closeSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { conflict, isKind } from "../core/index.ts";
import { lockFile } from "../kernel/index.ts";
import type { EngineConfig } from "./types.ts";

/**
 * Makes both roots and locks them for this process. The locks go with the process, however it ends.
 * Returns what gives them up. @throws conflict naming the holder
 */
export function takeRoots(config: Pick<EngineConfig, "dataRoot" | "execRoot">): () => void {
  const held: number[] = [];
  const release = () => {
    for (const fd of held.splice(0)) closeSync(fd);
  };
  try {
    for (const [option, root] of [
      ["--data-root", config.dataRoot],
      ["--exec-root", config.execRoot],
    ] as const) {
      // Containers' files live below: others may pass through to what they own, and see nothing.
      mkdirSync(root, { recursive: true, mode: 0o711 });
      held.push(lockRoot(root, option));
    }
  } catch (error) {
    release();
    throw error;
  }
  return release;
}

function lockRoot(root: string, option: string): number {
  const path = join(root, "lock");
  try {
    const fd = lockFile(path);
    writeFileSync(path, `${process.pid}\n`);
    return fd;
  } catch (error) {
    if (!isKind(error, "conflict")) throw error;
    const holder = readFileSync(path, "utf8").trim();
    throw conflict(
      `another berth daemon${holder ? ` (pid ${holder})` : ""} uses ${root}: stop it first, or give this one another ${option}`,
      error,
    );
  }
}
