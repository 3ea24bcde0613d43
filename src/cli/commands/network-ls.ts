import type { NetworkInspect } from "../../spec/index.ts";
import type { CommandContext } from "../command.ts";
import { filtersParameter } from "../filters.ts";
import { networkView } from "../format/network-view.ts";
import { writeList } from "../format/table-list.ts";

/** `berth network ls`. */
export async function run({ client, args, out }: CommandContext): Promise<number> {
  const networks = await client.json<NetworkInspect[]>("GET", "/networks", {
    query: { filters: filtersParameter(args.list("filter")) },
  });
  const natural = new Intl.Collator("en", { numeric: true }).compare;
  networks.sort((a, b) => natural(a.Name, b.Name));
  const view = networkView({ full: args.boolean("no-trunc") });
  await writeList(out, view, networks, { format: args.string("format"), quiet: args.boolean("quiet") });
  return 0;
}
