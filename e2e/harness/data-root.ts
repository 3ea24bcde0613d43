import { lstatSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "./eventually.ts";
import type { EngineRecord } from "./leftovers.ts";

/**
 * Everything an engine keeps on disk, as lines of path, kind and size; the database's own files change at will and are
 * left out, and so is what lies below mounts.
 */
export function inventory(record: EngineRecord): string[] {
  const lines: string[] = [];
  const walk = (directory: string, device: number) => {
    for (const name of readdirSync(directory).sort()) {
      const path = join(directory, name);
      const entry = lstatSync(path, { throwIfNoEntry: false });
      if (entry === undefined || /\.(db|sqlite)(-wal|-shm)?$/.test(name)) continue;
      const kind = entry.isDirectory() ? "directory" : entry.isFile() ? `file ${entry.size}` : "other";
      lines.push(`${path.slice(record.top.length)} ${kind}`);
      if (entry.isDirectory() && entry.dev === device) walk(path, device);
    }
  };
  for (const root of [record.dataRoot, record.execRoot]) walk(root, lstatSync(root).dev);
  return lines;
}

/** The inventory once slow clean-up of what came before is done: the same at two looks, a while apart. */
async function settled(record: EngineRecord): Promise<string[]> {
  for (let last = inventory(record); ; ) {
    await Bun.sleep(250);
    const now = inventory(record);
    if (now.join("\n") === last.join("\n")) return now;
    last = now;
  }
}

/** Runs `work` and checks that it left the engine's files as they were, once slow clean-up is done. */
export async function leavesNothing(record: EngineRecord, work: () => Promise<void>): Promise<void> {
  const before = await settled(record);
  await work();
  const changes = () => {
    const after = inventory(record);
    return [
      ...after.filter((line) => !before.includes(line)).map((line) => `+ ${line}`),
      ...before.filter((line) => !after.includes(line)).map((line) => `- ${line}`),
    ];
  };
  await eventually("the files are as before", () => changes().length === 0, 3000).catch(() => {
    throw new Error(`the engine's files are not as they were:\n${changes().join("\n")}`);
  });
}
