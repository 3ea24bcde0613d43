import type { RequestOptions } from "../../client/index.ts";
import type { CommandContext } from "../command.ts";
import { UsageError } from "../usage-error.ts";

/** The signal and the patience of `stop` and `restart`. @throws UsageError when both spellings of the time are given */
export function stopQuery({ args }: CommandContext): NonNullable<RequestOptions["query"]> {
  if (args.given("time") && args.given("timeout")) {
    throw new UsageError("conflicting options: cannot specify both --timeout and --time", 1);
  }
  const given = args.given("timeout") || args.given("time");
  return {
    signal: args.string("signal") || undefined,
    t: given ? (args.number("timeout") ?? args.number("time")) : undefined,
  };
}
