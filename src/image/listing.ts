import { type Digest, familiar, rfc3339Nano, ZERO_TIME } from "../core/index.ts";
import type {
  ImageHistoryItem,
  ImageInspect,
  ImageInspectConfig,
  ImageRuntimeConfig,
  ImageSummary,
} from "../spec/index.ts";
import { type Catalog, type CatalogEntry, createdAt } from "./catalog.ts";
import { imageFilter, type NameTest } from "./filters.ts";
import type { StoredLayers } from "./stored-layers.ts";
import type { Image, ImageListOptions, ImageUse } from "./types.ts";

/** Where the answers come from. */
export interface Sources {
  readonly catalog: Catalog;
  readonly layers: StoredLayers;
  readonly uses: (id: Digest) => readonly ImageUse[];
}

/** Bytes of the files in all of an image's layers, each layer as often as it occurs: what Docker shows. */
function sizeOf(layers: StoredLayers, image: Image): number {
  return image.layers.reduce((sum, diffId) => sum + layers.size(diffId), 0);
}

/** `GET /images/json`, newest first. @throws invalid */
export function listImages(sources: Sources, options: ImageListOptions): ImageSummary[] {
  const { catalog } = sources;
  const { passes, shows } = imageFilter(catalog, options.filters ?? new Map());
  // Without `all`, an untagged image that others were made from is one of their steps.
  const visible = ({ image: { id } }: CatalogEntry) =>
    options.all || catalog.isNamed(id) || (catalog.childrenOf(id).length === 0 && !catalog.isVariant(id));
  const entries = catalog.entries();
  const counts = options.sharedSize ? countLayers(entries) : undefined;
  return entries
    .filter((entry) => visible(entry) && passes(entry))
    .map((entry) => ({
      ...summary(sources, entry, shows),
      ...(counts && { SharedSize: sharedSize(sources.layers, entry.image, counts) }),
    }));
}

function summary({ catalog, layers, uses }: Sources, entry: CatalogEntry, shows: NameTest): ImageSummary {
  const { image, parent } = entry;
  const names = namesOf(catalog, image.id);
  return {
    Containers: uses(image.id).length,
    Created: Math.floor(createdAt(entry) / 1000),
    Id: image.id,
    Labels: image.config.config?.Labels ?? null,
    ParentId: parent ?? "",
    RepoDigests: names.digests.filter(shows),
    RepoTags: names.tags.filter(shows),
    SharedSize: -1,
    Size: sizeOf(layers, image),
  };
}

function namesOf(catalog: Catalog, id: Digest): { tags: string[]; digests: string[] } {
  const references = catalog.references(id);
  return {
    tags: references.filter(({ digest }) => !digest).map(familiar),
    digests: references.filter(({ digest }) => digest).map(familiar),
  };
}

function countLayers(entries: readonly CatalogEntry[]): Map<Digest, number> {
  const counts = new Map<Digest, number>();
  for (const { image } of entries) {
    for (const diffId of new Set(image.layers)) counts.set(diffId, (counts.get(diffId) ?? 0) + 1);
  }
  return counts;
}

function sharedSize(layers: StoredLayers, image: Image, counts: ReadonlyMap<Digest, number>): number {
  return image.layers
    .filter((diffId) => (counts.get(diffId) ?? 0) > 1)
    .reduce((sum, diffId) => sum + layers.size(diffId), 0);
}

/** `GET /images/{name}/json`. */
export function inspectImage({ catalog, layers }: Sources, entry: CatalogEntry): ImageInspect {
  const { image, parent, lastTagAt } = entry;
  const { config } = image;
  const names = namesOf(catalog, image.id);
  return {
    Id: image.id,
    RepoTags: names.tags,
    RepoDigests: names.digests,
    Parent: parent ?? "",
    Comment: textOf(config, "comment") || (config.history?.at(-1)?.comment ?? ""),
    Created: config.created ?? ZERO_TIME,
    DockerVersion: textOf(config, "docker_version"),
    Author: config.author ?? "",
    Config: shownConfig(config.config ?? {}),
    Architecture: config.architecture,
    ...(config.variant && { Variant: config.variant }),
    Os: config.os,
    Size: sizeOf(layers, image),
    GraphDriver: { Name: "overlay2", Data: directoriesOf(layers, image) },
    RootFS: { Type: "layers", Layers: [...image.layers] },
    Metadata: { LastTagTime: lastTagAt === null ? ZERO_TIME : rfc3339Nano(BigInt(lastTagAt) * 1_000_000n) },
  };
}

/** Fields that Docker writes beside those of the OCI specification. */
function textOf(config: object, field: string): string {
  const value: unknown = Object.entries(config).find(([name]) => name === field)?.[1];
  return typeof value === "string" ? value : "";
}

/** Docker leaves some fields out when they are empty, and shows others as null or "". */
function shownConfig(config: ImageRuntimeConfig): ImageInspectConfig {
  const { ExposedPorts, Healthcheck, Shell, StopSignal, ArgsEscaped } = config;
  return {
    Cmd: config.Cmd ?? null,
    Entrypoint: config.Entrypoint ?? null,
    Env: config.Env ?? null,
    Labels: config.Labels ?? null,
    OnBuild: config.OnBuild ?? null,
    User: config.User ?? "",
    Volumes: config.Volumes ?? null,
    WorkingDir: config.WorkingDir ?? "",
    ...(ExposedPorts && { ExposedPorts }),
    ...(Healthcheck && { Healthcheck }),
    ...(Shell && { Shell }),
    ...(StopSignal && { StopSignal }),
    ...(ArgsEscaped && { ArgsEscaped }),
  };
}

/** The topmost layer's directory and those below it. */
function directoriesOf(layers: StoredLayers, image: Image): Record<string, string> {
  const [top, ...below] = image.layers
    .map((diffId) => layers.directory(diffId))
    .filter((path) => path !== undefined)
    .reverse();
  return {
    ...(below.length > 0 && { LowerDir: below.join(":") }),
    ...(top !== undefined && { UpperDir: top }),
  };
}

/** `GET /images/{name}/history`, newest step first; each step that made a layer has its size. */
export function imageHistory({ catalog, layers }: Sources, entry: CatalogEntry): ImageHistoryItem[] {
  const { image } = entry;
  let layer = 0;
  const items = (image.config.history ?? []).map((step): ImageHistoryItem => {
    const diffId = step.empty_layer ? undefined : image.layers[layer++];
    const created = Date.parse(step.created ?? "");
    return {
      Id: "<missing>",
      Created: Number.isNaN(created) ? 0 : Math.floor(created / 1000),
      CreatedBy: step.created_by ?? "",
      Tags: null,
      Size: diffId === undefined ? 0 : layers.size(diffId),
      Comment: step.comment ?? "",
    };
  });
  // Archives made without history still have layers to tell of.
  for (const diffId of image.layers.slice(layer)) {
    items.push({
      Id: "<missing>",
      Created: 0,
      CreatedBy: "",
      Tags: null,
      Size: layers.size(diffId),
      Comment: "",
    });
  }
  items.reverse();
  // The steps below are images of their own where they were kept.
  let step: CatalogEntry | undefined = entry;
  for (const item of items) {
    if (!step) break;
    item.Id = step.image.id;
    const tags = catalog.tagsOf(step.image.id);
    item.Tags = tags.length > 0 ? tags : null;
    step = step.parent === null ? undefined : catalog.get(step.parent);
  }
  return items;
}
