import { invalid, parseReference } from "../../core/index.ts";
import type { CommandContext } from "../command.ts";
import { printRegistryList } from "../registry-list.ts";

/** `berth image tags`: what tags a registry has of an image, one a line or as one JSON array. */
export async function run(context: CommandContext): Promise<number> {
  const reference = parseReference(context.args.positional[0] ?? "");
  if (reference.tag !== undefined || reference.digest !== undefined) {
    throw invalid("the name of a repository is needed, without a tag or digest");
  }
  await printRegistryList(context, reference, "tags", ({ Tags }: { Tags: string[] }) => ({
    items: Tags,
    line: (tag) => tag,
  }));
  return 0;
}
