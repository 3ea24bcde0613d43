import {
  BerthError,
  type Digest,
  digestOf,
  familiar,
  formatPlatform,
  invalid,
  isDigest,
  notFound,
  type Platform,
  parseReference,
  type Reference,
  shortId,
  withDefaultTag,
} from "../core/index.ts";
import type { OciImageConfig } from "../spec/index.ts";
import { type ArchiveFile, type ArchiveFiles, type LayerSeen, readArchive } from "./archive-files.ts";
import { parseDockerManifest, parseImageConfig } from "./documents.ts";
import type { ImageStore, Recordable, RecordableManifest } from "./image-store.ts";
import { indexRow } from "./intake.ts";
import { type LayoutEntry, readLayout } from "./layout.ts";
import { fitsPlatform } from "./manifest.ts";
import type { Progress } from "./types.ts";

/** One image of an archive: its configuration's bytes and the names it is to have. */
export interface Loadable {
  readonly config: OciImageConfig;
  readonly bytes: Uint8Array;
  readonly names: readonly string[];
  /** The manifest it came with, if that is worth keeping. */
  readonly manifest?: RecordableManifest;
  /** The manifest or index that its names stand for. */
  readonly target?: Digest;
}

interface Contents {
  readonly images: readonly Loadable[];
  readonly indexes: readonly RecordableManifest[];
  readonly documents: readonly Uint8Array[];
}

/** Milliseconds between two words about the same layer. */
const PROGRESS_INTERVAL = 100;

/** `docker load`. All images of the archive, or none when one of them is damaged. */
export async function loadArchive(
  store: ImageStore,
  archive: AsyncIterable<Uint8Array>,
  progress: Progress,
  platforms: readonly Platform[],
): Promise<void> {
  await using lease = store.leases.open();
  const known = blobsOfLayers(store);
  const { content, layers, lean } = store;
  const files = await readArchive(
    archive,
    { content, layers, lean, lease, diffIdOf: (blob) => known.get(blob) },
    layerProgress(progress),
  );
  const { images: all, indexes, documents } = imagesIn(files);
  const images = all.filter(
    ({ config }) => platforms.length === 0 || platforms.some((wanted) => fitsPlatform(config, wanted)),
  );
  if (images.length === 0) {
    const has = all.map(({ config }) => formatPlatform(config)).join(", ");
    throw notFound(`the archive has no image for ${platforms.map(formatPlatform).join(", ")}: it has ${has}`);
  }
  for (const { config } of images) {
    for (const diffId of config.rootfs.diff_ids) await store.layers.unpack(diffId, lease);
  }
  const said: string[] = [];
  const loaded = await store.record(images.map(recordable), lease, {
    indexes,
    documents,
    moved: (name, old) =>
      said.push(`The image ${name} already exists, renaming the old one with ID ${old} to empty string\n`),
  });
  loaded.forEach(({ id }, at) => {
    const { names = [], manifest, target } = images[at] as Loadable;
    // One that is only there as another platform of an index is not spoken of.
    const isVariant = manifest !== undefined && target === undefined;
    for (const name of names) said.push(`Loaded image: ${familiar(withDefaultTag(parseReference(name)))}\n`);
    if (names.length === 0 && !isVariant) said.push(`Loaded image ID: ${id}\n`);
    store.announce("load", id);
  });
  for (const stream of said) progress({ stream });
}

/** An image of an archive with its names; those of one that is kept as it came stand for its digest too. */
function recordable({ config, bytes, names, manifest, target }: Loadable): Recordable {
  const tags = names.map((name) => withDefaultTag(parseReference(name)));
  const digests = target ? tags.map(({ domain, path }): Reference => ({ domain, path, digest: target })) : [];
  return {
    config,
    bytes,
    parent: null,
    references: [...tags, ...digests],
    ...(manifest && { manifest }),
    ...(target && { target }),
  };
}

/** Plain digests of layers by the digests of their blobs. */
function blobsOfLayers({ catalog }: ImageStore): Map<Digest, Digest> {
  const parts = catalog.manifests().flatMap((manifest) => manifest.parts);
  return new Map(parts.flatMap(({ digest, diffId }) => (diffId ? [[digest, diffId]] : [])));
}

/** Tells of a layer at its end and now and then before. */
function layerProgress(progress: Progress): (seen: LayerSeen) => void {
  let last = 0;
  return ({ name, current, total }) => {
    const now = performance.now();
    if (current < total && now - last < PROGRESS_INTERVAL) return;
    last = now;
    const id = name.split("/").findLast((part) => /^[0-9a-f]{12,}/.test(part)) ?? name;
    progress({ status: "Loading layer", id: shortId(id), progressDetail: { current, total } });
  };
}

/** What an archive holds, whichever of the two forms it has. @throws invalid */
function imagesIn(files: ArchiveFiles): Contents {
  const docker = files.get("manifest.json");
  const index = files.get("index.json");
  const listed = docker?.kind === "document" ? fromDockerArchive(files, docker.bytes) : [];
  const entries =
    index?.kind !== "document"
      ? []
      : listed.length > 0
        ? layoutBeside(files, index.bytes)
        : readLayout(files, index.bytes);
  if (docker?.kind === "document" || entries.length > 0) return together(listed, entries);
  throw invalid("this is not an image archive: it has neither manifest.json nor index.json");
}

/** Where manifest.json tells what to load, a layout that is not in order takes nothing from it. */
function layoutBeside(files: ArchiveFiles, index: Uint8Array): LayoutEntry[] {
  try {
    return readLayout(files, index);
  } catch (error) {
    if (error instanceof BerthError) return [];
    throw error;
  }
}

/**
 * The images that manifest.json names, and what the layout beside it says of them. A layout alone is kept as it is; of
 * one beside manifest.json only what did not come about by saving.
 */
function together(listed: readonly Loadable[], entries: readonly LayoutEntry[]): Contents {
  const images = new Map(listed.map((image) => [digestOf(image.bytes), image]));
  const isAlone = listed.length === 0;
  const kept = entries.filter(({ isExact }) => isExact || isAlone);
  for (const { images: found, names, target } of kept) {
    for (const [at, image] of found.entries()) {
      const { digest, bytes } = image.config;
      const known = images.get(digest) ?? loadable(bytes, digest, image.layers, []);
      const own = new Set([...known.names, ...(isAlone && at === 0 ? names : [])]);
      const parts = image.layers.map((layer, position) => ({
        digest: layer.digest,
        diffId: known.config.rootfs.diff_ids[position] as Digest,
      }));
      images.set(digest, {
        ...known,
        names: [...own],
        manifest: { ...image.manifest, parts },
        ...((at === 0 || own.size > 0) && { target }),
      });
    }
  }
  return {
    images: [...images.values()],
    indexes: kept.flatMap(({ indexes }) => indexes.map(indexRow)),
    documents: kept.flatMap(({ documents }) => documents),
  };
}

/** What `docker save` writes: manifest.json lists configuration, layers and names. */
function fromDockerArchive(files: ArchiveFiles, manifest: Uint8Array): Loadable[] {
  return parseDockerManifest(manifest, "manifest.json of the archive").map((item) => {
    const file = files.get(item.Config);
    if (file?.kind !== "document") {
      throw invalid(
        `the archive lacks the configuration ${JSON.stringify(item.Config)} that manifest.json names`,
      );
    }
    const written = /(?:^|\/)([0-9a-f]{64})(?:\.json)?$/.exec(item.Config)?.[1];
    if (written !== undefined && file.digest !== `sha256:${written}`) {
      throw invalid(`configuration ${item.Config} is damaged: its content has digest ${file.digest}`);
    }
    const layers = (item.Layers ?? []).map((name) => {
      const layer = files.get(name);
      if (layer) return layer;
      throw invalid(`the archive lacks the layer ${JSON.stringify(name)} that manifest.json names`);
    });
    return loadable(file.bytes, item.Config, layers, item.RepoTags ?? []);
  });
}

function loadable(
  bytes: Uint8Array,
  where: string,
  files: readonly ArchiveFile[],
  names: readonly string[],
): Loadable {
  const config = parseImageConfig(bytes, `image configuration ${where}`);
  const wanted = config.rootfs.diff_ids;
  if (files.length !== wanted.length) {
    throw invalid(`${where} names ${wanted.length} layers, the archive gives it ${files.length}`);
  }
  files.forEach((file, i) => {
    if (file.kind !== "layer") throw invalid(`layer ${i + 1} of ${where} is not a tar`);
    if (file.diffId !== wanted[i]) {
      throw invalid(`layer ${i + 1} of ${where} is damaged: expected ${wanted[i]}, found ${file.diffId}`);
    }
  });
  for (const name of names) {
    if (isDigest(name) || parseReference(name).digest)
      throw invalid(`the archive names an image ${JSON.stringify(name)}, which is no tag`);
  }
  return { config, bytes, names };
}
