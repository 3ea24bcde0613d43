import { parseRfc3339, shortId } from "../../core/index.ts";
import type { NetworkInspect } from "../../spec/index.ts";
import { labelList, labelValue } from "./cells.ts";
import { goTime } from "./clock.ts";
import type { ListView } from "./table-list.ts";

const headers = {
  ID: "NETWORK ID",
  Name: "NAME",
  Driver: "DRIVER",
  Scope: "SCOPE",
  IPv4: "IPV4",
  IPv6: "IPV6",
  Internal: "INTERNAL",
  Labels: "LABELS",
  CreatedAt: "CREATED AT",
} as const;

/** Networks as `berth network ls` shows them. */
export function networkView({ full }: { full: boolean }): ListView<NetworkInspect> {
  return {
    typeName: "*network.networkContext",
    headers,
    columns: ["ID", "Name", "Driver", "Scope"],
    quiet: "ID",
    raw: {
      all: "network_id: {{.ID}}\nname: {{.Name}}\ndriver: {{.Driver}}\nscope: {{.Scope}}\n",
      quiet: "network_id: {{.ID}}",
    },
    fields: (network) => ({
      ID: () => (full ? network.Id : shortId(network.Id)),
      Name: () => network.Name,
      Driver: () => network.Driver,
      Scope: () => network.Scope,
      IPv4: () => String(network.EnableIPv4 ?? true),
      IPv6: () => String(network.EnableIPv6),
      Internal: () => String(network.Internal),
      Labels: () => labelList(network.Labels),
      CreatedAt: () => createdAt(network.Created),
      Label: (name: string) => labelValue(network.Labels, name),
    }),
  };
}

function createdAt(created: string): string {
  const nanos = parseRfc3339(created);
  if (nanos === undefined) return created;
  const fraction = String(nanos % 1_000_000_000n)
    .padStart(9, "0")
    .replace(/0+$/, "");
  return goTime(Number(nanos / 1_000_000_000n), fraction);
}
