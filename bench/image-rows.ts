import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { registryProgram, startRegistry } from "../src/registry/testing/start-registry.ts";
import { BIG_IMAGE, bigArchive } from "./big-image.ts";
import { type Contender, call, timed } from "./contender.ts";
import { watchMemory } from "./memory.ts";
import type { Figures, RowGroup } from "./rows.ts";

/** One contender's turn: an image of 575 MB and 19,000 files in one layer, in by a file, out and in by a registry. */
export const imageRows: RowGroup = {
  isLong: true,
  rows: [
    { id: "load", unit: "ms", what: "load -i of a big image (about 575 MB, 19,000 files, one layer)" },
    { id: "save", unit: "ms", what: "save -o of the big image" },
    { id: "push", unit: "ms", what: "push of the big image to an empty registry on loopback" },
    { id: "pull", unit: "ms", what: "pull of the big image from there" },
    { id: "rmi", unit: "ms", what: "rmi of the big image" },
    {
      id: "daemon-peak",
      unit: "MB",
      what: "most memory of the daemon (PSS) in load, push and pull",
      counts: "largest",
    },
  ],
  async prepare(contender, names) {
    const archive = await bigArchive();
    const repository = names.of("big");
    return {
      measure: () => turn(contender, archive, repository),
      finish: async () => {
        // A turn that failed half-way may have left either name.
        await call(contender, ["rmi", "-f", BIG_IMAGE]).catch(() => {});
      },
    };
  },
};

async function turn(contender: Contender, archive: string, repository: string): Promise<Figures> {
  const folder = mkdtempSync(join(tmpdir(), "berth-bench-saved-"));
  // A registry of its own: what an engine knows of one must not shorten the next push.
  await using registry = registryProgram ? await startRegistry() : undefined;
  const remote = `${registry?.host ?? "localhost"}/${repository}:1`;
  const step = (...args: string[]) => settled(() => timed(contender, args));
  const { registryFlags } = contender;
  try {
    using memory = watchMemory(contender);
    const load = await step("load", "-i", archive);
    await call(contender, ["tag", BIG_IMAGE, remote]);
    await call(contender, ["rmi", BIG_IMAGE]);
    const push = registry ? await step("push", ...registryFlags, remote) : null;
    const save = await step("save", "-o", join(folder, "saved.tar"), remote);
    const rmi = await step("rmi", remote);
    const pull = registry ? await step("pull", ...registryFlags, remote) : null;
    if (registry) await call(contender, ["rmi", remote]);
    return { load, save, push, pull, rmi, "daemon-peak": registry ? memory.peak : null };
  } catch (error) {
    await call(contender, ["rmi", "-f", remote]).catch(() => {});
    throw error;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** What others wrote before must not be on its way to the disk while this is timed. */
async function settled(work: () => Promise<number>): Promise<number> {
  await Bun.spawn(["sync"]).exited;
  return work();
}
