import type { WaitReply } from "../../spec/index.ts";
import { pathName } from "../api-path.ts";
import type { CommandContext } from "../command.ts";
import { forEachName } from "../each.ts";

/** `berth wait`: exit codes in the order of the names. */
export function run(context: CommandContext): Promise<number> {
  return forEachName(context, context.args.positional, async (name) => {
    const reply = await context.client.json<WaitReply>("POST", `/containers/${pathName(name)}/wait`);
    if (reply.Error?.Message) throw new Error(reply.Error.Message);
    context.out.write(`${reply.StatusCode}\n`);
  });
}
