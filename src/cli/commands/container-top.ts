import type { TopReply } from "../../spec/index.ts";
import { pathName } from "../api-path.ts";
import type { CommandContext } from "../command.ts";
import { alignTabs } from "../format/tab-table.ts";

/** `berth top`: columns are wider than those of other lists. */
export async function run({ client, args, out }: CommandContext): Promise<number> {
  const [name = "", ...psOptions] = args.positional;
  const reply = await client.json<TopReply>("GET", `/containers/${pathName(name)}/top`, {
    query: { ps_args: psOptions.length > 0 ? psOptions.join(" ") : undefined },
  });
  const lines = [reply.Titles, ...(reply.Processes ?? [])].map((cells) => cells.join("\t"));
  out.write(`${alignTabs(lines.join("\n"), { minWidth: 20, padding: 3 })}\n`);
  return 0;
}
