import { ellipsis } from "./cells.ts";
import type { ListView } from "./table-list.ts";

/** What a registry answers to a search. */
export interface SearchResult {
  readonly name: string;
  readonly description: string;
  readonly star_count: number;
  readonly is_official: boolean;
}

const headers = {
  Name: "NAME",
  Description: "DESCRIPTION",
  StarCount: "STARS",
  IsOfficial: "OFFICIAL",
} as const;

/** Results as `berth search` shows them; in JSON what is official is said in words. */
export function searchView({ full, json }: { full: boolean; json: boolean }): ListView<SearchResult> {
  return {
    typeName: "*registry.searchContext",
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
      IsOfficial: () => (json ? String(result.is_official) : result.is_official ? "[OK]" : ""),
    }),
  };
}
