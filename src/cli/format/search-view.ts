import { ellipsis } from "./cells.ts";
import type { ListView } from "./table-list.ts";

/** What a registry answers to a search. */
export interface SearchResult {
  readonly name: string;
  readonly description: string;
  readonly star_count: number;
  readonly is_official: boolean;
  readonly is_automated?: boolean;
}

const headers = {
  Name: "NAME",
  Description: "DESCRIPTION",
  StarCount: "STARS",
  IsOfficial: "OFFICIAL",
  IsAutomated: "AUTOMATED",
} as const;

/** Results as `berth search` shows them. */
export function searchView({ full }: { full: boolean }): ListView<SearchResult> {
  const mark = (yes: boolean | undefined) => (yes ? "[OK]" : "");
  return {
    typeName: "*formatter.searchContext",
    headers,
    columns: ["Name", "Description", "StarCount", "IsOfficial"],
    quiet: "Name",
    fields: (result) => ({
      Name: () => result.name,
      Description: () => {
        const line = result.description.replaceAll(/[\r\n]/g, " ");
        return full ? line : ellipsis(line, 45);
      },
      StarCount: () => String(result.star_count),
      IsOfficial: () => mark(result.is_official),
      IsAutomated: () => mark(result.is_automated),
    }),
  };
}
