import { parseReference } from "../../core/index.ts";
import type { CommandContext } from "../command.ts";
import { registryAuth } from "../credentials/request-auth.ts";
import { filtersParameter } from "../filters.ts";
import { type SearchResult, searchView } from "../format/search-view.ts";
import { writeList } from "../format/table-list.ts";
import { readClientConfig } from "../run-options/client-config.ts";

/** `berth search`. */
export async function run({ client, args, out, err, configDirectory }: CommandContext): Promise<number> {
  const [term = ""] = args.positional;
  const results = await client.json<SearchResult[]>("GET", "/images/search", {
    query: {
      term,
      limit: args.number("limit") || undefined,
      filters: filtersParameter(args.list("filter")),
    },
    headers: await registryAuth(readClientConfig(configDirectory), indexOf(term), err),
  });
  const format = args.string("format");
  const json = format === "json" || format === "{{json .}}";
  const view = searchView({ full: args.boolean("no-trunc"), json });
  await writeList(out, view, results, { format, quiet: false });
  return 0;
}

/** The registry that is searched: a term may begin with one, as names do. */
function indexOf(term: string): string {
  try {
    return parseReference(term).domain;
  } catch {
    return "";
  }
}
