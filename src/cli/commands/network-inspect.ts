import type { CommandContext } from "../command.ts";
import { inspectNames } from "../inspect.ts";
import { networkKind } from "../inspect-kinds.ts";

/** `berth network inspect`. */
export function run(context: CommandContext): Promise<number> {
  const { args } = context;
  return inspectNames(context, args.positional, [networkKind(args.boolean("verbose"))]);
}
