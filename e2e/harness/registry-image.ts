import { baseTar, directoryOf, tarOf } from "./base-image.ts";
import { type Descriptor, digestOf, type FileRegistry, MEDIA } from "./registry.ts";

/** This machine's architecture as images name it. */
export const hostArchitecture = process.arch === "x64" ? "amd64" : process.arch;

export interface ImageParts {
  /** Plain layer tars on top of the base image's, lowest first. */
  readonly layers?: readonly Uint8Array<ArrayBuffer>[];
  readonly config?: Record<string, unknown>;
  readonly architecture?: string;
  readonly variant?: string;
  /** Without: it is put by its digest alone, as a part of an index. */
  readonly tag?: string;
}

/** A layer of one file of so many random bytes, which no engine has yet. */
export async function noiseTar(size: number, name = "noise"): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
  using folder = await directoryOf({ [name]: bytes });
  return await tarOf(folder.path);
}

let base: Uint8Array<ArrayBuffer> | undefined;

/** Puts an image into a registry by hand, with no engine between: what is pulled then does not depend on any push. */
export async function putImage(
  registry: FileRegistry,
  repository: string,
  { layers, config, architecture = hostArchitecture, variant, tag }: ImageParts = {},
): Promise<Descriptor & { id: string }> {
  base ??= await baseTar();
  const tars = [base, ...(layers ?? [])];
  const descriptors: Descriptor[] = [];
  for (const tar of tars)
    descriptors.push(await registry.putBlob(repository, Bun.gzipSync(tar), MEDIA.layer));
  const platform = { os: "linux", architecture, ...(variant && { variant }) };
  const image = {
    ...platform,
    config: { Cmd: ["sh"], Env: ["PATH=/bin"], ...config },
    rootfs: { type: "layers", diff_ids: tars.map(digestOf) },
    history: tars.map(() => ({ created_by: "put by hand" })),
  };
  const stored = await registry.putBlob(repository, Buffer.from(JSON.stringify(image)), MEDIA.config);
  const manifest = { schemaVersion: 2, mediaType: MEDIA.manifest, config: stored, layers: descriptors };
  const bytes = Buffer.from(JSON.stringify(manifest));
  const put = await registry.putManifest(repository, tag ?? digestOf(bytes), MEDIA.manifest, bytes);
  return { ...put, platform, id: stored.digest };
}

/** Puts an index over manifests that are there. */
export function putIndex(
  registry: FileRegistry,
  repository: string,
  tag: string,
  manifests: readonly Descriptor[],
): Promise<Descriptor> {
  const entries = manifests.map(({ mediaType, digest, size, platform, artifactType }) => ({
    ...{ mediaType, digest, size },
    ...(platform && { platform }),
    ...(artifactType && { artifactType }),
  }));
  const index = { schemaVersion: 2, mediaType: MEDIA.index, manifests: entries };
  return registry.putManifest(repository, tag, MEDIA.index, index);
}
