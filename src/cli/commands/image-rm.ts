import { ApiError } from "../../client/index.ts";
import type { ImageDeleteItem } from "../../spec/index.ts";
import { pathName } from "../api-path.ts";
import type { CommandContext } from "../command.ts";
import { forEachName } from "../each.ts";
import { platformQuery } from "../platform-query.ts";

/** `berth rmi`. With `--force`, an image that is not there is said but is no failure. */
export async function run(context: CommandContext): Promise<number> {
  const { client, args, out } = context;
  const force = args.boolean("force");
  let onlyMissing = true;
  const status = await forEachName(context, args.positional, async (name) => {
    try {
      const items = await client.json<ImageDeleteItem[]>("DELETE", `/images/${pathName(name)}`, {
        query: {
          force: force || undefined,
          noprune: args.boolean("no-prune") || undefined,
          platforms: args.list("platform").flatMap((platform) => platformQuery(platform) ?? []),
        },
      });
      for (const item of items) {
        out.write("Deleted" in item ? `Deleted: ${item.Deleted}\n` : `Untagged: ${item.Untagged}\n`);
      }
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 404)) onlyMissing = false;
      throw error;
    }
  });
  return force && onlyMissing ? 0 : status;
}
