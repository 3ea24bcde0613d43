import * as v from "valibot";
import { invalid, unsupported } from "../../../core/index.ts";

const INDEX = "application/vnd.oci.image.index.v1+json";
const MANIFEST = "application/vnd.oci.image.manifest.v1+json";
const LIST = "application/vnd.docker.distribution.manifest.list.v2+json";
const SCHEMA_2 = "application/vnd.docker.distribution.manifest.v2+json";
const SCHEMA_1 = /^application\/vnd\.docker\.distribution\.manifest\.v1\+(json|prettyjws)$/;

export const OCI_INDEX = INDEX;
/** All that is taken; schema 1 too, so that a registry that has nothing else can be told from one that has nothing. */
export const ACCEPT = [
  ...[INDEX, MANIFEST, LIST, SCHEMA_2],
  ...["application/vnd.docker.distribution.manifest.v1+prettyjws;q=0.1", "*/*;q=0.1"],
].join(", ");

export const manifestShape = v.looseObject({
  schemaVersion: v.nullish(v.number()),
  mediaType: v.nullish(v.string()),
  manifests: v.nullish(v.array(v.unknown())),
  layers: v.nullish(v.array(v.unknown())),
  config: v.nullish(v.unknown()),
});

/**
 * The media type of a manifest: what it says of itself, else what the registry says of it, else what it looks like.
 * @param contentType the reply's header
 * @throws unsupported for schema 1, invalid for what is no manifest
 */
export function mediaTypeOf(
  document: v.InferOutput<typeof manifestShape>,
  contentType: string | undefined,
  name: string,
): string {
  const told = (contentType ?? "").split(";")[0]?.trim().toLowerCase() ?? "";
  if (document.schemaVersion === 1 || SCHEMA_1.test(told)) throw schema1(name);
  if (document.mediaType) return document.mediaType;
  if ([INDEX, MANIFEST, LIST, SCHEMA_2].includes(told)) return told;
  if (document.manifests) return INDEX;
  if (document.layers && document.config) return MANIFEST;
  throw invalid(`${name} is neither an image manifest nor an index`);
}

/** @throws unsupported when the type alone says schema 1 */
export function refuseSchema1(contentType: string, name: string): void {
  if (SCHEMA_1.test(contentType)) throw schema1(name);
}

function schema1(name: string) {
  return unsupported(
    `${name} is in Docker's image manifest version 2, schema 1, which is no longer supported: push it again with a current tool, so that it is in the OCI format or schema 2`,
  );
}
