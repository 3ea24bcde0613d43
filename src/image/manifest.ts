import * as v from "valibot";
import {
  type Digest,
  formatPlatform,
  hostPlatform,
  invalid,
  isDigest,
  type Platform,
  unsupported,
} from "../core/index.ts";
import { MEDIA } from "../spec/index.ts";
import { readDocument } from "./documents.ts";

/** What a manifest says of a blob. */
export interface BlobDescriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes. */
  readonly size: number;
}

/** One entry of an index. */
export interface ManifestDescriptor extends BlobDescriptor {
  readonly platform?: Platform;
  readonly annotations?: Readonly<Record<string, string>>;
  /** What kind of thing it describes, in a list of referrers. */
  readonly artifactType?: string;
}

export interface ImageManifest {
  readonly kind: "image";
  readonly mediaType: string;
  readonly config: BlobDescriptor;
  /** Lowest first. */
  readonly layers: readonly BlobDescriptor[];
}

export interface ImageIndex {
  readonly kind: "index";
  readonly mediaType: string;
  readonly manifests: readonly ManifestDescriptor[];
}

export type Manifest = ImageManifest | ImageIndex;

/** More layers than overlayfs and Docker take are a mistake, or worse. */
const MAX_LAYERS = 1000;
const MAX_MANIFESTS = 1000;
/** Indexes may lead to indexes, but not for ever. */
export const MAX_INDEX_NESTING = 4;

const nullish = <T extends v.GenericSchema>(schema: T) => v.optional(v.nullish(schema));
const blob = {
  mediaType: v.optional(v.string(), ""),
  digest: v.custom<Digest>((value) => typeof value === "string" && isDigest(value), "not a sha256 digest"),
  size: v.pipe(v.number(), v.safeInteger(), v.minValue(0)),
};
const document = v.looseObject({
  schemaVersion: nullish(v.number()),
  mediaType: nullish(v.string()),
  config: nullish(v.looseObject(blob)),
  layers: nullish(v.pipe(v.array(v.looseObject(blob)), v.maxLength(MAX_LAYERS))),
  manifests: nullish(
    v.pipe(
      v.array(
        v.looseObject({
          ...blob,
          platform: nullish(
            v.looseObject({ os: v.string(), architecture: v.string(), variant: nullish(v.string()) }),
          ),
          annotations: nullish(v.record(v.string(), v.string())),
          artifactType: nullish(v.string()),
        }),
      ),
      v.maxLength(MAX_MANIFESTS),
    ),
  ),
  fsLayers: v.optional(v.unknown()),
});

const IMAGE_TYPES: readonly string[] = [MEDIA.ociManifest, MEDIA.dockerManifest];
export const INDEX_TYPES: readonly string[] = [MEDIA.ociIndex, MEDIA.dockerIndex];
/** Of images; anything else is an artifact of another kind. */
const CONFIG_TYPES: readonly string[] = [MEDIA.ociConfig, MEDIA.dockerConfig];
const LAYER_TYPES =
  /^application\/vnd\.(docker\.image\.rootfs\.diff\.tar(\.(gzip|zstd))?|oci\.image\.layer\.v1\.tar(\+(gzip|zstd))?)$/;

/**
 * Reads an image manifest or an index (OCI image specification 1.1, Docker schema 2). A document must be one of the two,
 * and be what it says it is: readers that disagree would see different images behind one digest.
 * @param mediaType what it came as; "" where nothing says
 * @throws invalid, unsupported (schema 1, artifacts, layers of kinds this engine does not know)
 */
export function parseManifest(bytes: Uint8Array, mediaType: string, where: string): Manifest {
  const found = readDocument(document, bytes, where);
  if (found.schemaVersion === 1 || found.fsLayers !== undefined) {
    throw unsupported(`${where} is a schema 1 manifest, which registries gave up: push the image again`);
  }
  if (found.mediaType && mediaType && found.mediaType !== mediaType) {
    throw invalid(`${where} came as ${mediaType} and says it is ${found.mediaType}`);
  }
  const said = found.mediaType || mediaType;
  const { manifests, config, layers } = found;
  if (manifests) {
    if (config || layers) throw invalid(`${where} is an index and a manifest at once`);
    if (said && !INDEX_TYPES.includes(said)) throw invalid(`${where} has manifests, and says it is ${said}`);
    return {
      kind: "index",
      mediaType: said || MEDIA.ociIndex,
      manifests: manifests.map(({ mediaType, digest, size, platform, annotations, artifactType }) => ({
        mediaType,
        digest,
        size,
        ...(platform && { platform: platformOf(platform) }),
        ...(annotations && { annotations }),
        ...(artifactType && { artifactType }),
      })),
    };
  }
  if (said && !IMAGE_TYPES.includes(said))
    throw unsupported(`${where} is of type ${said}, which is no image`);
  if (!config) throw invalid(`${where} has neither a configuration nor manifests`);
  return {
    kind: "image",
    mediaType: said || MEDIA.ociManifest,
    config: pick(config),
    layers: (layers ?? []).map(pick),
  };
}

/** True for a manifest of a container image; false for one of anything else that registries hold. */
export function isRunnable({ config }: ImageManifest): boolean {
  return CONFIG_TYPES.includes(config.mediaType);
}

/** @throws unsupported when it describes something that cannot be run: an artifact, foreign or unknown layers */
export function checkRunnable(manifest: ImageManifest, where: string): void {
  const { config, layers } = manifest;
  if (!isRunnable(manifest)) {
    throw unsupported(`${where} is no container image: its configuration is of type ${config.mediaType}`);
  }
  for (const { mediaType } of layers) {
    if (!LAYER_TYPES.test(mediaType)) {
      throw unsupported(`${where} has a layer of type ${mediaType}, which this engine does not know`);
    }
  }
}

/** Manifests that accompany images (BuildKit's attestations) and are none themselves. */
export function isAttestation({ platform, annotations }: ManifestDescriptor): boolean {
  return (
    annotations?.["vnd.docker.reference.type"] === "attestation-manifest" ||
    (platform?.os === "unknown" && platform.architecture === "unknown")
  );
}

/**
 * The entry of an index to be used on a platform: its own, or the best that it can run (an older variant of ARM). An
 * index whose only image says no platform is taken as it is.
 */
export function choosePlatform(
  manifests: readonly ManifestDescriptor[],
  wanted: Platform,
): ManifestDescriptor | undefined {
  const images = manifests.filter((entry) => !isAttestation(entry));
  const fitting = images.filter(
    ({ platform }) => platform?.os === wanted.os && platform.architecture === wanted.architecture,
  );
  const variants = variantsFor(wanted);
  for (const variant of variants) {
    const found = fitting.find(({ platform }) => normalVariant(platform) === variant);
    if (found) return found;
  }
  if (wanted.variant === undefined && fitting[0]) return fitting[0];
  return images.length === 1 && !images[0]?.platform ? images[0] : undefined;
}

/** Whether an image made for one platform is what was asked for. */
export function fitsPlatform(actual: Platform, wanted: Platform): boolean {
  return (
    actual.os === wanted.os &&
    actual.architecture === wanted.architecture &&
    (wanted.variant === undefined || variantsFor(wanted).includes(normalVariant(actual)))
  );
}

/** For errors: what an index has. */
export function platformsIn(manifests: readonly ManifestDescriptor[]): string {
  const names = manifests
    .filter((entry) => !isAttestation(entry))
    .flatMap(({ platform }) => (platform ? [formatPlatform(platform)] : []));
  return [...new Set(names)].join(", ") || "none";
}

/** Best first. 64-bit ARM is v8 when nothing is said, 32-bit v7 (OCI image index, platform variants). */
function variantsFor(wanted: Platform): string[] {
  const host = hostPlatform();
  const variant = normalVariant(wanted);
  if (wanted.architecture === "arm" && /^v[5-8]$/.test(variant)) {
    return ["v8", "v7", "v6", "v5"].filter((older) => older <= variant);
  }
  return wanted.architecture === host.architecture && variant !== "" ? [variant, ""] : [variant];
}

function normalVariant(platform: Platform | undefined): string {
  if (platform?.variant)
    return platform.architecture === "arm64" && platform.variant === "v8" ? "" : platform.variant;
  return platform?.architecture === "arm" ? "v7" : "";
}

function pick({ mediaType, digest, size }: BlobDescriptor): BlobDescriptor {
  return { mediaType, digest, size };
}

function platformOf({
  os,
  architecture,
  variant,
}: {
  os: string;
  architecture: string;
  variant?: unknown;
}): Platform {
  return { os, architecture, ...(typeof variant === "string" && variant !== "" && { variant }) };
}
