import type { CommandContext } from "../command.ts";
import { containerPath } from "../container-path.ts";
import { eachAtOnce } from "./stop-at-once.ts";

/** `berth kill`. */
export function run(context: CommandContext): Promise<number> {
  const query = { signal: context.args.string("signal") || undefined };
  return eachAtOnce(context, context.args.positional, async (name) => {
    await context.client.text("POST", `${containerPath(name)}/kill`, { query });
    return name;
  });
}
