import { humanSize } from "../../core/index.ts";
import type { CommandContext } from "../command.ts";
import { filtersParameter } from "../filters.ts";
import { confirmed } from "../terminal/prompt.ts";

const DANGLING = "WARNING! This will remove all dangling build cache.";
const ALL = "WARNING! This will remove all build cache.";

/** `berth builder prune`: asks first, unless told not to. */
export async function run(context: CommandContext): Promise<number> {
  const { client, args, out } = context;
  const all = args.boolean("all");
  const filters = filtersParameter(args.list("filter"));
  if (!args.boolean("force") && !(await confirmed(context, all ? ALL : DANGLING))) return 0;
  const reply = await client.json<{ CachesDeleted: string[] | null; SpaceReclaimed: number }>(
    "POST",
    "/build/prune",
    { query: { all: all || undefined, filters } },
  );
  const deleted = reply.CachesDeleted ?? [];
  if (deleted.length > 0) out.write(`Deleted build cache objects:\n${deleted.join("\n")}\n\n`);
  out.write(`Total reclaimed space: ${humanSize(reply.SpaceReclaimed)}\n`);
  return 0;
}
