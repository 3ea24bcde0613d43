import { humanSize } from "../../core/index.ts";
import type { CommandContext } from "../command.ts";
import { filtersParameter } from "../filters.ts";
import { confirmed } from "../terminal/prompt.ts";

const WARNING = "WARNING! This will remove all stopped containers.";

/** `berth container prune`: asks first, unless told not to. */
export async function run(context: CommandContext): Promise<number> {
  const { client, args, out } = context;
  const filters = filtersParameter(args.list("filter"));
  if (!args.boolean("force") && !(await confirmed(context, WARNING))) return 0;
  const reply = await client.json<{ ContainersDeleted: string[] | null; SpaceReclaimed: number }>(
    "POST",
    "/containers/prune",
    { query: { filters } },
  );
  const deleted = reply.ContainersDeleted ?? [];
  if (deleted.length > 0) out.write(`Deleted Containers:\n${deleted.join("\n")}\n\n`);
  out.write(`Total reclaimed space: ${humanSize(reply.SpaceReclaimed)}\n`);
  return 0;
}
