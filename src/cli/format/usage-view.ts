import { humanSize } from "../../core/index.ts";
import type { ContainerSummary, ImageSummary } from "../../spec/index.ts";
import type { ListView } from "./table-list.ts";

/** What `GET /system/df` answers, as far as it is shown. A kind of object may be null. */
export interface DiskUsage {
  readonly LayersSize: number;
  readonly Images: readonly ImageSummary[] | null;
  readonly Containers: readonly ContainerSummary[] | null;
  readonly Volumes: readonly VolumeUsage[] | null;
  readonly BuildCache: readonly BuildCacheUsage[] | null;
}

export interface VolumeUsage {
  readonly Name: string;
  readonly Driver: string;
  readonly Scope: string;
  readonly Mountpoint: string;
  readonly Labels: Readonly<Record<string, string>> | null;
  /** -1 where it is not known. */
  readonly UsageData?: { readonly Size: number; readonly RefCount: number } | null;
}

export interface BuildCacheUsage {
  readonly ID: string;
  readonly Type: string;
  readonly Description?: string;
  readonly InUse: boolean;
  readonly Shared: boolean;
  readonly Size: number;
  /** RFC 3339. */
  readonly CreatedAt: string;
  readonly LastUsedAt: string | null;
  readonly UsageCount: number;
}

/** One line of `berth system df`. */
export interface UsageRow {
  readonly type: string;
  readonly total: number;
  readonly active: number;
  /** Bytes. */
  readonly size: number;
  readonly reclaimable: number;
  /** The part of the whole that can be had back is shown too. */
  readonly percent: boolean;
}

const sum = <T>(items: readonly T[], bytes: (item: T) => number) =>
  items.reduce((total, item) => total + Math.max(0, bytes(item)), 0);

/** The four lines, by Docker's rules of what can be had back. */
export function usageRows(usage: DiskUsage): UsageRow[] {
  return [imageRow(usage), containerRow(usage), volumeRow(usage), cacheRow(usage)];
}

/** All layers, but for what only images in use have. */
function imageRow({ Images, LayersSize: size }: DiskUsage): UsageRow {
  const images = Images ?? [];
  const active = images.filter((image) => image.Containers > 0);
  const measured = active.filter((image) => image.Size >= 0 && image.SharedSize >= 0);
  const used = sum(measured, (image) => image.Size - image.SharedSize);
  const reclaimable = Math.max(0, size - used);
  return { type: "Images", total: images.length, active: active.length, size, reclaimable, percent: true };
}

function containerRow({ Containers }: DiskUsage): UsageRow {
  const containers = Containers ?? [];
  const runs = ({ State }: ContainerSummary) => ["running", "paused", "restarting"].includes(State);
  const bytes = ({ SizeRw = 0 }: ContainerSummary) => SizeRw;
  return {
    type: "Containers",
    total: containers.length,
    active: containers.filter(runs).length,
    size: sum(containers, bytes),
    reclaimable: sum(
      containers.filter((container) => !runs(container)),
      bytes,
    ),
    percent: true,
  };
}

function volumeRow({ Volumes }: DiskUsage): UsageRow {
  const volumes = Volumes ?? [];
  const used = ({ UsageData }: VolumeUsage) => (UsageData?.RefCount ?? 0) !== 0;
  const bytes = ({ UsageData }: VolumeUsage) => UsageData?.Size ?? 0;
  return {
    type: "Local Volumes",
    total: volumes.length,
    active: volumes.filter(used).length,
    size: sum(volumes, bytes),
    reclaimable: sum(
      volumes.filter((volume) => !used(volume)),
      bytes,
    ),
    percent: true,
  };
}

function cacheRow({ BuildCache }: DiskUsage): UsageRow {
  const records = BuildCache ?? [];
  const own = records.filter(({ Shared }) => !Shared);
  return {
    type: "Build Cache",
    total: records.length,
    active: records.filter(({ InUse }) => InUse).length,
    size: sum(own, ({ Size }) => Size),
    reclaimable: sum(
      own.filter(({ InUse }) => !InUse),
      ({ Size }) => Size,
    ),
    percent: false,
  };
}

const headers = {
  Type: "TYPE",
  TotalCount: "TOTAL",
  Active: "ACTIVE",
  Size: "SIZE",
  Reclaimable: "RECLAIMABLE",
} as const;

/** What kinds of objects use, as `berth system df` shows it. */
export const usageView: ListView<UsageRow> = {
  typeName: "*formatter.diskUsageContext",
  headers,
  columns: Object.keys(headers),
  quiet: "Type",
  raw: {
    all: "type: {{.Type}}\ntotal: {{.TotalCount}}\nactive: {{.Active}}\nsize: {{.Size}}\nreclaimable: {{.Reclaimable}}\n",
    quiet: "type: {{.Type}}",
  },
  fields: (row) => ({
    Type: () => row.type,
    TotalCount: () => String(row.total),
    Active: () => String(row.active),
    Size: () => humanSize(row.size),
    Reclaimable: () => reclaimableText(row),
  }),
};

function reclaimableText({ size, reclaimable, percent }: UsageRow): string {
  const text = humanSize(reclaimable);
  return percent && size > 0 ? `${text} (${Math.floor((reclaimable * 100) / size)}%)` : text;
}
