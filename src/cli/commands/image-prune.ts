import { humanSize } from "../../core/index.ts";
import type { ImagePruneReply } from "../../spec/index.ts";
import { requireBerth } from "../berth-only.ts";
import type { CommandContext } from "../command.ts";
import { filtersParameter } from "../filters.ts";
import { confirmed } from "../terminal/prompt.ts";

const DANGLING = "WARNING! This will remove all dangling images.";
const ALL = "WARNING! This will remove all images without at least one container associated to them.";

/** `berth image prune`: asks first, unless told not to, or only to tell. */
export async function run(context: CommandContext): Promise<number> {
  const { client, args, out } = context;
  const all = args.boolean("all");
  const dryRun = args.boolean("dry-run");
  const filters = filtersParameter(args.list("filter"), { dangling: [String(!all)] });
  // Others would not heed it, and prune.
  if (dryRun) await requireBerth(client, "image prune --dry-run");
  else if (!args.boolean("force") && !(await confirmed(context, all ? ALL : DANGLING))) return 0;
  const reply = await client.json<ImagePruneReply>("POST", "/images/prune", {
    query: { filters, "dry-run": dryRun || undefined },
  });
  const deleted = reply.ImagesDeleted ?? [];
  if (deleted.length > 0) {
    out.write(dryRun ? "Images that would be deleted:\n" : "Deleted Images:\n");
    for (const item of deleted) {
      out.write("Untagged" in item ? `untagged: ${item.Untagged}\n` : `deleted: ${item.Deleted}\n`);
    }
    out.write("\n");
  }
  const what = dryRun ? "Space that would be reclaimed" : "Total reclaimed space";
  out.write(`${what}: ${humanSize(reply.SpaceReclaimed)}\n`);
  return 0;
}
