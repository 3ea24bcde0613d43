import { familiar, humanSize3, isDigest, parseReference, shortId } from "../../core/index.ts";
import type { ContainerSummary } from "../../spec/index.ts";
import { ellipsis, labelList, labelValue } from "./cells.ts";
import { ago, goTime } from "./clock.ts";
import { portsText } from "./ports.ts";
import type { ListView } from "./table-list.ts";

export interface ContainerViewOptions {
  /** Ids and commands in full. */
  full: boolean;
  /** Sizes in the usual table. */
  size: boolean;
}

const headers = {
  ID: "CONTAINER ID",
  Names: "NAMES",
  Image: "IMAGE",
  Command: "COMMAND",
  CreatedAt: "CREATED AT",
  RunningFor: "CREATED",
  Ports: "PORTS",
  State: "STATE",
  Status: "STATUS",
  Size: "SIZE",
  Labels: "LABELS",
  Mounts: "MOUNTS",
  LocalVolumes: "LOCAL VOLUMES",
  Networks: "NETWORKS",
  Platform: "PLATFORM",
} as const;

/** Containers as `berth ps` shows them. */
export function containerView({ full, size }: ContainerViewOptions): ListView<ContainerSummary> {
  const raw = [
    "container_id: {{.ID}}",
    "image: {{.Image}}",
    "command: {{.Command}}",
    "created_at: {{.CreatedAt}}",
    "state:{{pad .State 1 0}}",
    "status:{{pad .Status 1 0}}",
    "names: {{.Names}}",
    "labels:{{pad .Labels 1 0}}",
    "ports:{{pad .Ports 1 0}}",
    ...(size ? ["size:{{pad .Size 1 0}}"] : []),
    "",
  ];
  return {
    typeName: "*formatter.ContainerContext",
    headers,
    columns: ["ID", "Image", "Command", "RunningFor", "Status", "Ports", "Names", ...(size ? ["Size"] : [])],
    quiet: "ID",
    raw: { all: raw.join("\n"), quiet: "container_id: {{.ID}}" },
    fields: (container) => ({
      ID: () => (full ? container.Id : shortId(container.Id)),
      Names: () => namesText(container.Names ?? [], full),
      Image: () => imageText(container, full),
      Command: () => JSON.stringify(full ? container.Command : ellipsis(container.Command, 20)),
      CreatedAt: () => goTime(container.Created),
      RunningFor: () => ago(container.Created),
      Ports: () => portsText(container.Ports ?? []),
      State: () => container.State,
      Status: () => container.Status,
      Size: () => sizeText(container),
      Labels: () => labelList(container.Labels),
      Mounts: () =>
        (container.Mounts ?? [])
          .map((mount) => mount.Name || mount.Source)
          .map((name) => (full ? name : ellipsis(name, 15)))
          .join(","),
      LocalVolumes: () => String((container.Mounts ?? []).filter((mount) => mount.Driver === "local").length),
      Networks: () =>
        Object.keys(container.NetworkSettings?.Networks ?? {})
          .sort()
          .join(","),
      Platform: () => null,
      Label: (name: string) => labelValue(container.Labels, name),
    }),
  };
}

/** Without the leading slash; names that links of other containers give are shown with `--no-trunc` only. */
function namesText(names: readonly string[], full: boolean): string {
  const plain = names.map((name) => name.replace(/^\//, ""));
  return (full ? plain : plain.filter((name) => !name.includes("/"))).join(",");
}

function imageText({ Image, ImageID }: ContainerSummary, full: boolean): string {
  if (!Image) return "<no image>";
  if (full) return Image;
  // An image that lost its name is known by its id.
  if (shortId(Image) === shortId(ImageID)) return shortId(ImageID);
  const [name = "", digest] = Image.split("@");
  if (digest === undefined || !isDigest(digest)) return Image;
  const reference = parseReference(name);
  return reference.tag === undefined ? Image : familiar(reference);
}

function sizeText({ SizeRw = 0, SizeRootFs = 0 }: ContainerSummary): string {
  const own = humanSize3(SizeRw);
  return SizeRootFs > 0 ? `${own} (virtual ${humanSize3(SizeRootFs)})` : own;
}
