import { type Digest, invalid, isDigest, isMediaType } from "../core/index.ts";
import { parseManifest } from "../image/index.ts";
import type { Repository } from "./client/types.ts";
import type { Referrer, Referrers } from "./types.ts";

/**
 * The manifests of a repository that refer to one of its own: signatures, bills of materials and other artifacts (OCI
 * distribution specification 1.1, "Listing referrers").
 * @param key tag or digest
 * @throws notFound for a tag that is not there; invalid when what came is no such list
 */
export async function listReferrers(
  repository: Repository,
  key: string,
  name: string,
  signal: AbortSignal,
): Promise<Referrers> {
  const digest: Digest = isDigest(key) ? key : (await repository.digestOf(key, signal)).digest;
  const { bytes, mediaType } = await repository.referrers(digest, signal);
  const list = parseManifest(bytes, mediaType, `the list of what refers to ${name}`);
  if (list.kind !== "index")
    throw invalid(`what the registry has as list of what refers to ${name} is no list`);
  const referrers = list.manifests.map(
    ({ mediaType, digest, size, artifactType, annotations }): Referrer => ({
      ...{ mediaType, digest, size },
      // What is no media type comes from a careless or hostile client of that registry.
      ...(artifactType && isMediaType(artifactType) && { artifactType }),
      ...(annotations && { annotations }),
    }),
  );
  return { digest, referrers };
}
