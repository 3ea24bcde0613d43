import type { CommandContext } from "../command.ts";
import { containerPath } from "../container-path.ts";
import { forEachName } from "../each.ts";
import { stopQuery } from "./stop-options.ts";

/** `berth restart`: one after the other, so that what depends on each other is never down all at once. */
export async function run(context: CommandContext): Promise<number> {
  const query = stopQuery(context);
  return forEachName(context, context.args.positional, async (name) => {
    await context.client.text("POST", `${containerPath(name)}/restart`, { query });
    context.out.write(`${name}\n`);
  });
}
