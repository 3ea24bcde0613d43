import { humanSize3, shortId } from "../../core/index.ts";
import type { ImageHistoryItem } from "../../spec/index.ts";
import { ellipsis } from "./cells.ts";
import { ago, localRfc3339 } from "./clock.ts";
import type { ListView } from "./table-list.ts";

const headers = {
  ID: "IMAGE",
  CreatedSince: "CREATED",
  CreatedAt: "CREATED AT",
  CreatedBy: "CREATED BY",
  Size: "SIZE",
  Comment: "COMMENT",
} as const;

/** Layers of an image as `berth history` shows them. */
export function historyView({ full, human }: { full: boolean; human: boolean }): ListView<ImageHistoryItem> {
  return {
    typeName: "*formatter.historyContext",
    headers,
    columns: ["ID", human ? "CreatedSince" : "CreatedAt", "CreatedBy", "Size", "Comment"],
    quiet: "ID",
    fields: (item) => ({
      ID: () => (full ? item.Id : shortId(item.Id)),
      CreatedSince: () => (item.Created > 0 ? ago(item.Created) : "N/A"),
      CreatedAt: () => localRfc3339(item.Created),
      CreatedBy: () => {
        const command = item.CreatedBy.replaceAll("\t", " ");
        return full ? command : ellipsis(command, 45);
      },
      Size: () => (human ? humanSize3(item.Size) : String(item.Size)),
      Comment: () => item.Comment,
    }),
  };
}
