import {
  BerthError,
  canonical,
  type Digest,
  digestOf,
  invalid,
  isDigest,
  parseReference,
  withDefaultTag,
} from "../core/index.ts";
import type { OciImageConfig } from "../spec/index.ts";
import type { ArchiveFile, ArchiveFiles } from "./archive-files.ts";
import { parseDockerManifest, parseImageConfig } from "./documents.ts";
import type { RecordableManifest } from "./image-store.ts";
import { indexRow } from "./intake.ts";
import { type LayoutEntry, readLayout } from "./layout.ts";

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

/** What an archive holds of images that fit, whichever of the two forms it has. @throws invalid */
export function imagesIn(files: ArchiveFiles, fits: (config: OciImageConfig) => boolean): Contents {
  const docker = files.get("manifest.json");
  const index = files.get("index.json");
  const listed = docker?.kind === "document" ? fromDockerArchive(files, docker.bytes) : [];
  const entries =
    index?.kind !== "document"
      ? []
      : listed.length > 0
        ? layoutBeside(files, index.bytes)
        : readLayout(files, index.bytes);
  if (docker?.kind === "document" || entries.length > 0) return together(listed, entries, fits);
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
 * one beside manifest.json only what did not come about by saving. One image may occur more than once, with names that
 * stand for different manifests.
 */
function together(
  listed: readonly Loadable[],
  entries: readonly LayoutEntry[],
  fits: (config: OciImageConfig) => boolean,
): Contents {
  const isAlone = listed.length === 0;
  const plain = new ListedNames(listed);
  const kept = entries.filter(({ isExact }) => isExact || isAlone);
  const images = new Map<string, Loadable>();
  for (const { images: found, names, target } of kept) {
    const all = found.map((image) => ({
      image,
      known:
        plain.get(image.config.digest) ?? loadable(image.config.bytes, image.config.digest, image.layers, []),
    }));
    const fitting = all.filter(({ known }) => fits(known.config));
    const others = all.filter((one) => !fitting.includes(one)).map(({ image }) => image.config.digest);
    for (const [at, { image, known }] of fitting.entries()) {
      const { digest } = image.config;
      // The first stands for the whole: what names one that is left out names it.
      const speaks = at === 0 ? [digest, ...others] : [digest];
      const own = isAlone ? (at === 0 ? names : []) : speaks.flatMap((one) => plain.take(one, names));
      const parts = image.layers.map((layer, position) => ({
        digest: layer.digest,
        diffId: known.config.rootfs.diff_ids[position] as Digest,
      }));
      const stands = at === 0 || own.length > 0;
      const key = `${digest} ${stands ? target : ""}`;
      images.set(key, {
        ...known,
        names: [...new Set([...(images.get(key)?.names ?? []), ...own])],
        manifest: { ...image.manifest, parts },
        ...(stands && { target }),
      });
    }
  }
  const described = new Set([...images.keys()].map((key) => key.split(" ", 1)[0]));
  const rest = plain
    .left()
    .filter(
      ({ bytes, config, names }) => fits(config) && (names.length > 0 || !described.has(digestOf(bytes))),
    );
  return {
    images: [...images.values(), ...rest],
    indexes: kept.flatMap(({ indexes }) => indexes.map(indexRow)),
    documents: kept.flatMap(({ documents }) => documents),
  };
}

/** The images of manifest.json, each once, and which of their names a layout has not said more of. */
class ListedNames {
  readonly #images = new Map<Digest, Loadable>();

  constructor(listed: readonly Loadable[]) {
    for (const image of listed) {
      const digest = digestOf(image.bytes);
      const names = [...(this.#images.get(digest)?.names ?? []), ...image.names];
      this.#images.set(digest, { ...image, names: [...new Set(names)] });
    }
  }

  get(digest: Digest): Loadable | undefined {
    return this.#images.get(digest);
  }

  /** Takes those names of an image that an entry of the layout has; one without names speaks of all. */
  take(digest: Digest, entryNames: readonly string[]): string[] {
    const image = this.#images.get(digest);
    if (!image) return [];
    const wanted = new Set(entryNames.map(wholeName));
    const taken = image.names.filter((name) => entryNames.length === 0 || wanted.has(wholeName(name)));
    this.#images.set(digest, { ...image, names: image.names.filter((name) => !taken.includes(name)) });
    return taken;
  }

  left(): Loadable[] {
    return [...this.#images.values()];
  }
}

/** Names in manifest.json are as people write them, those of a layout whole. */
function wholeName(name: string): string {
  try {
    return canonical(withDefaultTag(parseReference(name)));
  } catch {
    return name;
  }
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
