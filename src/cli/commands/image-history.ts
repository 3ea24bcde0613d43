import type { ImageHistoryItem } from "../../spec/index.ts";
import { pathName } from "../api-path.ts";
import type { CommandContext } from "../command.ts";
import { historyView } from "../format/history-view.ts";
import { writeList } from "../format/table-list.ts";
import { platformQuery } from "../platform-query.ts";

/** `berth history`. */
export async function run({ client, args, out }: CommandContext): Promise<number> {
  const [name = ""] = args.positional;
  const items = await client.json<ImageHistoryItem[]>("GET", `/images/${pathName(name)}/history`, {
    query: { platform: platformQuery(args.string("platform")) },
  });
  const view = historyView({ full: args.boolean("no-trunc"), human: args.boolean("human") });
  await writeList(out, view, items, { format: args.string("format"), quiet: args.boolean("quiet") });
  return 0;
}
