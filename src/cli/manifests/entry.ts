import { canonical, invalid, parseReference, type Reference, withDefaultTag } from "../../core/index.ts";
import { MEDIA } from "../../spec/index.ts";

/** Field names and their order are those of the formats: lists are written with this order. */
export interface EntryPlatform {
  architecture: string;
  os: string;
  "os.version"?: string;
  "os.features"?: string[];
  variant?: string;
}

export interface EntryDescriptor {
  mediaType: string;
  digest: string;
  size: number;
  annotations?: Record<string, string>;
  platform?: EntryPlatform;
}

/** An image of a manifest list, as Docker's client keeps it between commands. */
export interface ManifestEntry {
  Ref: string;
  Descriptor: EntryDescriptor;
  /** The manifest's own bytes, in base64. */
  Raw: string;
  SchemaV2Manifest?: unknown;
  OCIManifest?: unknown;
}

const INDEXES: readonly string[] = [MEDIA.ociIndex, MEDIA.dockerIndex];

/** True for a list of manifests, false for the manifest of one image. */
export function isIndex(mediaType: string): boolean {
  return INDEXES.includes(mediaType);
}

/** A name with its tag, `latest` where it has none. @throws invalid */
export function manifestName(text: string): Reference {
  return withDefaultTag(parseReference(text));
}

export function entryOf(
  name: Reference,
  manifest: { mediaType: string; digest: string; bytes: Uint8Array },
  platform: EntryPlatform | undefined,
): ManifestEntry {
  const { mediaType, digest, bytes } = manifest;
  const parsed = parseManifest(bytes, canonical(name));
  return {
    Ref: canonical(name),
    Descriptor: { mediaType, digest, size: bytes.length, ...(platform && { platform }) },
    Raw: Buffer.from(bytes).toString("base64"),
    ...(mediaType === MEDIA.ociManifest ? { OCIManifest: parsed } : { SchemaV2Manifest: parsed }),
  };
}

/** @throws invalid */
export function parseManifest(bytes: Uint8Array, name: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below.
  }
  throw invalid(`the registry's manifest of ${name} is not JSON`);
}

/**
 * The list that some images make, as bytes: what is shown is what is pushed. A list of OCI manifests alone is an OCI
 * index, any other a Docker manifest list. @throws invalid where one has no platform
 */
export function listBytes(entries: readonly ManifestEntry[]): { mediaType: string; bytes: Uint8Array } {
  const oci = entries.every(({ Descriptor }) => Descriptor.mediaType === MEDIA.ociManifest);
  const mediaType = oci ? MEDIA.ociIndex : MEDIA.dockerIndex;
  const manifests = entries.map(({ Ref, Descriptor }) => {
    const { mediaType, size, digest, annotations, platform } = Descriptor;
    if (!platform?.architecture || !platform.os) {
      throw invalid(`manifest ${Ref} must have an OS and Architecture to be pushed to a registry`);
    }
    return {
      mediaType,
      size,
      digest,
      platform: orderedPlatform(platform),
      ...(annotations && { annotations }),
    };
  });
  return {
    mediaType,
    bytes: new TextEncoder().encode(JSON.stringify({ schemaVersion: 2, mediaType, manifests }, null, 3)),
  };
}

/** The same, its fields in the order of the formats. */
export function orderedPlatform(platform: EntryPlatform): EntryPlatform {
  const { architecture, os, variant, ...rest } = platform;
  const { "os.version": version, "os.features": features } = rest;
  return {
    architecture,
    os,
    ...(version && { "os.version": version }),
    ...(features?.length && { "os.features": features }),
    ...(variant && { variant }),
  };
}
