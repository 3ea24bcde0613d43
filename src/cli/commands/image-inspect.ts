import type { CommandContext } from "../command.ts";
import { inspectNames } from "../inspect.ts";
import { imageKind } from "../inspect-kinds.ts";

/** `berth image inspect`. */
export function run(context: CommandContext): Promise<number> {
  const { args } = context;
  return inspectNames(context, args.positional, [imageKind(args.string("platform"))]);
}
