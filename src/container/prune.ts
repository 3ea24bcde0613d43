import { conflict, invalid, isKind, labelMatches, parseMoment } from "../core/index.ts";
import type { Container } from "./container.ts";
import type { ContainerContext } from "./parts.ts";
import { removeByUser } from "./stop.ts";

type Filters = ReadonlyMap<string, readonly string[]>;

/** Which containers a prune may take. @throws invalid on an unknown filter */
function pruneFilter(filters: Filters): (container: Container) => boolean {
  const tests = [...filters].flatMap(([key, values]) =>
    values.map((value): ((container: Container) => boolean) => {
      if (key === "label") return ({ record }) => labelMatches(record.config.Labels, value);
      if (key === "label!") return ({ record }) => !labelMatches(record.config.Labels, value);
      if (key !== "until") throw invalid(`invalid filter '${key}'`);
      const moment = Number(parseMoment(value) / 1_000_000n);
      return ({ record }) => Date.parse(record.created) < moment;
    }),
  );
  return (container) => tests.every((test) => test(container));
}

const pruning = new WeakSet<ContainerContext>();

/** `docker container prune`: every container without a process goes, one that is started meanwhile stays. */
export async function pruneContainers(
  context: ContainerContext,
  filters: Filters,
): Promise<{ deleted: string[]; reclaimed: number }> {
  const passes = pruneFilter(filters);
  if (pruning.has(context)) throw conflict("a prune operation is already running");
  pruning.add(context);
  try {
    const deleted: string[] = [];
    let reclaimed = 0;
    for (const container of context.store.all()) {
      const idle = !container.alive && container.record.state.status !== "restarting" && !container.removing;
      if (!idle || !passes(container)) continue;
      const size = await context.snapshots.usage(container.id);
      try {
        await removeByUser(context, container, {});
      } catch (error) {
        if (isKind(error, "conflict")) continue;
        throw error;
      }
      deleted.push(container.id);
      reclaimed += size;
    }
    context.publish({
      type: "container",
      action: "prune",
      id: "",
      attributes: { reclaimed: String(reclaimed) },
    });
    return { deleted, reclaimed };
  } finally {
    pruning.delete(context);
  }
}
