import { humanSize, humanSize3, shortId } from "../../core/index.ts";
import type { ImageSummary } from "../../spec/index.ts";
import { ago, goTime } from "./clock.ts";
import type { ListView } from "./table-list.ts";

const NONE = "<none>";

/** One line of `berth images`: an image under one of its names. */
export interface ImageRow {
  image: ImageSummary;
  repository: string;
  tag: string;
  digest: string;
}

/** An image under every name it has; with digests, under every digest of these names too. */
export function imageRows(image: ImageSummary, withDigest: boolean): ImageRow[] {
  const tags = grouped(image.RepoTags, ":");
  const digests = grouped(image.RepoDigests, "@");
  const rows: ImageRow[] = [];
  for (const [repository, names] of tags) {
    const known = withDigest ? (digests.get(repository) ?? [NONE]) : [NONE];
    digests.delete(repository);
    for (const tag of names) for (const digest of known) rows.push({ image, repository, tag, digest });
  }
  for (const [repository, known] of digests) {
    for (const digest of withDigest ? known : [NONE]) rows.push({ image, repository, tag: NONE, digest });
  }
  return rows.length > 0 ? rows : [{ image, repository: NONE, tag: NONE, digest: NONE }];
}

/** `name<separator>value` by name. */
function grouped(references: readonly string[] | null, separator: string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const reference of references ?? []) {
    const at = reference.lastIndexOf(separator);
    const name = reference.slice(0, at);
    if (at < 0 || name === NONE) continue;
    const list = groups.get(name);
    if (list) list.push(reference.slice(at + 1));
    else groups.set(name, [reference.slice(at + 1)]);
  }
  return groups;
}

const headers = {
  ID: "IMAGE ID",
  Repository: "REPOSITORY",
  Tag: "TAG",
  Digest: "DIGEST",
  CreatedSince: "CREATED",
  CreatedAt: "CREATED AT",
  Size: "SIZE",
  Containers: "CONTAINERS",
  VirtualSize: "SIZE",
  SharedSize: "SHARED SIZE",
  UniqueSize: "UNIQUE SIZE",
} as const;

const RAW = [
  "repository: {{.Repository}}",
  "tag: {{.Tag}}",
  "image_id: {{.ID}}",
  "created_at: {{.CreatedAt}}",
  "virtual_size: {{.Size}}",
  "",
].join("\n");

/** Images as `berth images` shows them. */
export function imageView({ full, digests }: { full: boolean; digests: boolean }): ListView<ImageRow> {
  const columns = ["Repository", "Tag", "ID", "CreatedSince", "Size"];
  if (digests) columns.splice(2, 0, "Digest");
  return {
    typeName: "*formatter.imageContext",
    headers,
    columns,
    quiet: "ID",
    raw: {
      all: digests ? RAW.replace("image_id", "digest: {{.Digest}}\nimage_id") : RAW,
      quiet: "image_id: {{.ID}}",
    },
    fields: ({ image, repository, tag, digest }) => ({
      ID: () => (full ? image.Id : shortId(image.Id)),
      Repository: () => repository,
      Tag: () => tag,
      Digest: () => digest,
      CreatedSince: () => ago(image.Created),
      CreatedAt: () => goTime(image.Created),
      Size: () => humanSize3(image.Size),
      Containers: () => (image.Containers === -1 ? "N/A" : String(image.Containers)),
      VirtualSize: () => humanSize(image.Size),
      SharedSize: () => (image.SharedSize === -1 ? "N/A" : humanSize(image.SharedSize)),
      UniqueSize: () => (image.SharedSize === -1 ? "N/A" : humanSize(image.Size - image.SharedSize)),
    }),
  };
}
