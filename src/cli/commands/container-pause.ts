import { pathName } from "../api-path.ts";
import type { CommandContext } from "../command.ts";
import { forEachName } from "../each.ts";

/** `berth pause`. */
export function run(context: CommandContext): Promise<number> {
  return forEachName(context, context.args.positional, async (name) => {
    await context.client.text("POST", `/containers/${pathName(name)}/pause`);
    context.out.write(`${name}\n`);
  });
}
