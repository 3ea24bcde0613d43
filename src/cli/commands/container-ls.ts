import type { ContainerSummary } from "../../spec/index.ts";
import type { CommandContext } from "../command.ts";
import { filtersParameter } from "../filters.ts";
import { containerView } from "../format/container-view.ts";
import { writeList } from "../format/table-list.ts";

/** `berth ps`. */
export async function run({ client, args, out, err }: CommandContext): Promise<number> {
  const quiet = args.boolean("quiet");
  let format = args.string("format");
  if (quiet && format && format !== "table") {
    err.write("WARNING: Ignoring custom format, because both --format and --quiet are set.\n");
    if (format !== "raw") format = undefined;
  }
  const last = args.number("last") ?? -1;
  const limit = last > 0 ? last : args.boolean("latest") ? 1 : undefined;
  const size = args.boolean("size");
  const containers = await client.json<ContainerSummary[]>("GET", "/containers/json", {
    query: {
      all: args.boolean("all") || undefined,
      limit,
      // Sizes cost the engine a walk over files: only where they are shown.
      size: size || /\.Size\b|\bjson \.\s*[|})]/.test(format ?? "") || undefined,
      filters: filtersParameter(args.list("filter")),
    },
  });
  const view = containerView({ full: args.boolean("no-trunc"), size });
  await writeList(out, view, containers, { format, quiet });
  return 0;
}
