import { canonical, notFound } from "../../core/index.ts";
import type { CommandContext } from "../command.ts";
import { forEachName } from "../each.ts";
import { manifestName } from "../manifests/entry.ts";
import { ListStore } from "../manifests/list-store.ts";

/** `berth manifest rm`. */
export function run(context: CommandContext): Promise<number> {
  const store = new ListStore(context.configDirectory);
  return forEachName(context, context.args.positional, async (text) => {
    const name = manifestName(text);
    if (!store.remove(name)) throw notFound(`No such manifest: ${canonical(name)}`);
  });
}
