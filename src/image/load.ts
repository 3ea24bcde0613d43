import {
  type Digest,
  familiar,
  hostPlatform,
  invalid,
  isDigest,
  parseReference,
  shortId,
  withDefaultTag,
} from "../core/index.ts";
import { MEDIA, type OciImageConfig } from "../spec/index.ts";
import { type ArchiveFile, type ArchiveFiles, type LayerSeen, readArchive } from "./archive-files.ts";
import {
  type Descriptor,
  type OciDocument,
  parseDockerManifest,
  parseImageConfig,
  parseOciDocument,
} from "./documents.ts";
import type { ImageStore } from "./image-store.ts";
import type { Progress } from "./types.ts";

/** One image of an archive: its configuration's bytes and the names it is to have. */
export interface Loadable {
  readonly config: OciImageConfig;
  readonly bytes: Uint8Array;
  readonly names: readonly string[];
}

/** Indexes may lead to indexes, but not for ever. */
const MAX_NESTING = 4;
/** Milliseconds between two words about the same layer. */
const PROGRESS_INTERVAL = 100;

/** `docker load`. All images of the archive, or none when one of them is damaged. */
export async function loadArchive(
  store: ImageStore,
  archive: AsyncIterable<Uint8Array>,
  progress: Progress,
): Promise<void> {
  await using lease = store.leases.open();
  const files = await readArchive(archive, store.layers, lease, layerProgress(progress));
  const images = imagesIn(files);
  for (const { config } of images) {
    for (const diffId of config.rootfs.diff_ids) await store.layers.unpack(diffId, lease);
  }
  const said: string[] = [];
  const loaded = await store.record(
    images.map(({ config, bytes, names }) => ({
      config,
      bytes,
      parent: null,
      references: names.map((name) => withDefaultTag(parseReference(name))),
    })),
    lease,
    {
      moved: (name, old) =>
        said.push(`The image ${name} already exists, renaming the old one with ID ${old} to empty string\n`),
    },
  );
  loaded.forEach(({ id }, at) => {
    const names = images[at]?.names ?? [];
    for (const name of names) said.push(`Loaded image: ${familiar(withDefaultTag(parseReference(name)))}\n`);
    if (names.length === 0) said.push(`Loaded image ID: ${id}\n`);
    store.announce("load", id);
  });
  for (const stream of said) progress({ stream });
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
export function imagesIn(files: ArchiveFiles): Loadable[] {
  const docker = files.get("manifest.json");
  if (docker?.kind === "document") return fromDockerArchive(files, docker.bytes);
  const index = files.get("index.json");
  if (index?.kind === "document") return fromOciLayout(files, index.bytes);
  throw invalid("this is not an image archive: it has neither manifest.json nor index.json");
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

/** An OCI image layout: index.json leads to manifests, those to configurations and layers, all by digest. */
function fromOciLayout(files: ArchiveFiles, index: Uint8Array): Loadable[] {
  const { manifests } = parseOciDocument(index, "index.json of the archive");
  const images = (manifests ?? []).flatMap((descriptor) => {
    const manifest = manifestOf(files, descriptor);
    if (!manifest?.config) return [];
    const { digest } = manifest.config;
    const config = blob(files, digest);
    if (config.kind !== "document") throw invalid(`blob ${digest} is not an image configuration`);
    const layers = (manifest.layers ?? []).map((layer) => blob(files, layer.digest));
    return [loadable(config.bytes, digest, layers, nameIn(descriptor))];
  });
  if (images.length === 0) throw invalid("the archive's index.json names no image");
  return images;
}

/** A whole name, as containerd writes it; `org.opencontainers.image.ref.name` alone may be only a tag. */
function nameIn({ annotations }: Descriptor): string[] {
  const name =
    annotations?.["io.containerd.image.name"] ?? annotations?.["org.opencontainers.image.ref.name"];
  return name !== undefined && /[/:]/.test(name) ? [name] : [];
}

/** The manifest a descriptor leads to; of an index, the one for this host's platform. Undefined for no image. */
function manifestOf(files: ArchiveFiles, descriptor: Descriptor, depth = 0): OciDocument | undefined {
  if (depth > MAX_NESTING) throw invalid("the archive's indexes are nested too deep");
  const file = blob(files, descriptor.digest);
  if (file.kind !== "document") throw invalid(`blob ${descriptor.digest} is not a manifest`);
  const document = parseOciDocument(file.bytes, `blob ${descriptor.digest}`);
  if (document.manifests) {
    const { os, architecture } = hostPlatform();
    const chosen =
      document.manifests.find(
        ({ platform }) => platform?.os === os && platform.architecture === architecture,
      ) ?? document.manifests.find(({ platform }) => !platform);
    if (!chosen) throw invalid(`the archive has no image for ${os}/${architecture}`);
    return manifestOf(files, chosen, depth + 1);
  }
  // Attestations and other artifacts travel beside images.
  const media = document.config?.mediaType;
  return media === MEDIA.ociConfig || media === MEDIA.dockerConfig ? document : undefined;
}

/** A blob of a layout, which must be what its name says. */
function blob(files: ArchiveFiles, digest: Digest): ArchiveFile {
  const file = files.get(`blobs/sha256/${digest.slice("sha256:".length)}`);
  if (!file) throw invalid(`the archive lacks blob ${digest}`);
  if (file.digest !== digest)
    throw invalid(`blob ${digest} is damaged: its content has digest ${file.digest}`);
  return file;
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
