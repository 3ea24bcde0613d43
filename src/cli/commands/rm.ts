import { ApiError } from "../../client/index.ts";
import { invalid } from "../../core/index.ts";
import { pathName } from "../api-path.ts";
import type { CommandContext } from "../command.ts";
import { errorText } from "../error-report.ts";
import { eachAtOnce } from "./stop-at-once.ts";

/** `berth rm`. With `--force` a container that is not there is said, but is no failure. */
export function run(context: CommandContext): Promise<number> {
  const { args, client, err } = context;
  const force = args.boolean("force");
  const query = { force, v: args.boolean("volumes"), link: args.boolean("link") };
  return eachAtOnce(context, args.positional, async (name) => {
    const id = name.replace(/^\/+|\/+$/g, "");
    if (id === "") throw invalid("container name cannot be empty");
    try {
      await client.text("DELETE", `/containers/${pathName(id)}`, { query });
      return name;
    } catch (error) {
      if (!force || !(error instanceof ApiError) || error.status !== 404) throw error;
      err.write(`${errorText(error)}\n`);
      return undefined;
    }
  });
}
