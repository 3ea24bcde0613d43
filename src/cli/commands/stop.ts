import type { CommandContext } from "../command.ts";
import { containerPath } from "../container-path.ts";
import { eachAtOnce } from "./stop-at-once.ts";
import { stopQuery } from "./stop-options.ts";

/** `berth stop`. */
export async function run(context: CommandContext): Promise<number> {
  const query = stopQuery(context);
  return eachAtOnce(context, context.args.positional, async (name) => {
    await context.client.text("POST", `${containerPath(name)}/stop`, { query });
    return name;
  });
}
