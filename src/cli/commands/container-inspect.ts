import type { CommandContext } from "../command.ts";
import { inspectNames } from "../inspect.ts";
import { containerKind } from "../inspect-kinds.ts";

/** `berth container inspect`. */
export function run(context: CommandContext): Promise<number> {
  const { args } = context;
  return inspectNames(context, args.positional, [containerKind(args.boolean("size"))]);
}
