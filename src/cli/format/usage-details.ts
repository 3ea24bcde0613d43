import { humanSize, parseRfc3339, shortId } from "../../core/index.ts";
import type { ContainerSummary, ImageSummary } from "../../spec/index.ts";
import { labelList, labelValue } from "./cells.ts";
import { ago } from "./clock.ts";
import { containerView } from "./container-view.ts";
import { type ImageRow, imageRows, imageView } from "./image-view.ts";
import type { Cell, ListView } from "./table-list.ts";
import { type BuildCacheUsage, type DiskUsage, usageRows, type VolumeUsage } from "./usage-view.ts";

/** The tables of `berth system df -v`, with ids cut (`full` is for templates). */
export function usageDetails(full: boolean) {
  return { images: images(full), containers: containers(full), volumes, caches: caches(full) };
}

/** An image is listed once, under the first of its names. */
export function firstImageRow(image: ImageSummary): ImageRow {
  const [row] = imageRows(image, false);
  return row as ImageRow;
}

function images(full: boolean): ListView<ImageRow> {
  const view = imageView({ full, digests: false });
  return {
    ...view,
    columns: ["Repository", "Tag", "ID", "CreatedSince", "Size", "SharedSize", "UniqueSize", "Containers"],
    fields: (row) => ({ ...view.fields(row), Digest: () => "" }),
  };
}

function containers(full: boolean): ListView<ContainerSummary> {
  const view = containerView({ full, size: true });
  return {
    ...view,
    columns: ["ID", "Image", "Command", "LocalVolumes", "Size", "RunningFor", "Status", "Names"],
    // What lies below a container is counted with the images.
    fields: (container) => view.fields({ ...container, SizeRootFs: 0 }),
  };
}

const volumes: ListView<VolumeUsage> = {
  typeName: "*formatter.volumeContext",
  headers: { Name: "VOLUME NAME", Links: "LINKS", Size: "SIZE" },
  columns: ["Name", "Links", "Size"],
  quiet: "Name",
  fields: (volume): Record<string, Cell> => {
    const { RefCount = -1, Size = -1 } = volume.UsageData ?? {};
    return {
      Name: () => volume.Name,
      Driver: () => volume.Driver,
      Scope: () => volume.Scope,
      Mountpoint: () => volume.Mountpoint,
      Labels: () => labelList(volume.Labels),
      Label: (name: string) => labelValue(volume.Labels, name),
      Links: () => (volume.UsageData ? String(RefCount) : "N/A"),
      Size: () => (Size >= 0 ? humanSize(Size) : "N/A"),
      // Of swarms' volumes, which this is not.
      Availability: () => "N/A",
      Group: () => "N/A",
      Status: () => "N/A",
    };
  },
};

function caches(full: boolean): ListView<BuildCacheUsage> {
  const since = (time: string | null) => {
    const nanos = time === null ? undefined : parseRfc3339(time);
    return nanos === undefined ? "" : ago(Number(nanos / 1_000_000_000n));
  };
  return {
    typeName: "*formatter.buildCacheContext",
    headers: {
      ID: "CACHE ID",
      CacheType: "CACHE TYPE",
      Size: "SIZE",
      CreatedSince: "CREATED",
      LastUsedSince: "LAST USED",
      UsageCount: "USAGE",
      Shared: "SHARED",
    },
    columns: ["ID", "CacheType", "Size", "CreatedSince", "LastUsedSince", "UsageCount", "Shared"],
    quiet: "ID",
    fields: (record) => ({
      ID: () => (full ? record.ID : shortId(record.ID)) + (record.InUse ? "*" : ""),
      Parent: () => "",
      CacheType: () => record.Type,
      Description: () => record.Description ?? "",
      Size: () => humanSize(record.Size),
      CreatedAt: () => record.CreatedAt,
      CreatedSince: () => since(record.CreatedAt),
      LastUsedAt: () => record.LastUsedAt ?? "",
      LastUsedSince: () => since(record.LastUsedAt),
      UsageCount: () => String(record.UsageCount),
      InUse: () => String(record.InUse),
      Shared: () => String(record.Shared),
    }),
  };
}

/** The headline of the last table. */
export function cacheHeadline(usage: DiskUsage): string {
  const row = usageRows(usage).find(({ type }) => type === "Build Cache");
  return `Build cache usage: ${humanSize(row?.size ?? 0)}`;
}
