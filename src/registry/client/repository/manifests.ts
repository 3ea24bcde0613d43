import { type Digest, digestOf, invalid, isDigest } from "../../../core/index.ts";
import { parseDocument } from "../documents.ts";
import type { HttpResponse } from "../http/response.ts";
import type { Session } from "../session.ts";
import type { RemoteManifest } from "../types.ts";
import { pull, pullScope, push, type RepositoryContext, reading, repeated } from "./context.ts";
import { ACCEPT, manifestShape, mediaTypeOf, refuseSchema1 } from "./media-types.ts";

/** The distribution specification's advice for the largest manifest a registry must take, in bytes. */
export const MAX_MANIFEST = 4 << 20;

/** @throws invalid when it is neither a tag nor a sha256 digest: it becomes part of a path */
function checked(reference: string): string {
  if (/^[\w][\w.-]{0,127}$/.test(reference) || isDigest(reference)) return reference;
  throw invalid(`invalid tag or digest: ${JSON.stringify(reference.slice(0, 200))}`);
}

const label = (name: string, reference: string) => `${name}${isDigest(reference) ? "@" : ":"}${reference}`;

export function getManifest(
  context: RepositoryContext,
  reference: string,
  signal: AbortSignal,
): Promise<RemoteManifest> {
  checked(reference);
  return reading(context, signal, (session) => fetchManifest(context, session, reference, signal));
}

async function fetchManifest(
  context: RepositoryContext,
  session: Session,
  reference: string,
  signal: AbortSignal,
): Promise<RemoteManifest> {
  const target = `v2/${context.path}/manifests/${reference}`;
  const response = await pull(
    context,
    session,
    { method: "GET", target, headers: { Accept: ACCEPT }, signal },
    200,
  );
  return readManifest(response, label(context.name, reference), isDigest(reference) ? reference : undefined);
}

/** Reads and verifies a manifest. @param expected its digest, where that is known beforehand */
export async function readManifest(
  response: HttpResponse,
  name: string,
  expected: Digest | undefined,
): Promise<RemoteManifest> {
  const contentType = response.headers.get("content-type");
  const bytes = await response.bytes(MAX_MANIFEST, `the manifest of ${name}`);
  const mediaType = mediaTypeOf(
    parseDocument(bytes, manifestShape, response, `the manifest of ${name}`),
    contentType,
    name,
  );
  const digest = digestOf(bytes);
  const told = response.headers.get("docker-content-digest") ?? "";
  const wanted = expected ?? (isDigest(told) ? told : digest);
  if (digest !== wanted) {
    throw invalid(`manifest verification failed for ${name}: ${wanted} was expected, ${digest} came`);
  }
  return { digest, mediaType, bytes };
}

/** The digest, type and size of a manifest: by HEAD, which costs a registry nothing; by GET where that does not tell all. */
export function headManifest(context: RepositoryContext, reference: string, signal: AbortSignal) {
  checked(reference);
  const target = `v2/${context.path}/manifests/${reference}`;
  return reading(context, signal, async (session) => {
    const request = { method: "HEAD", target, headers: { Accept: ACCEPT }, signal };
    const response = await session.send({ ...request, scopes: [pullScope(context.path)] });
    await response.discard();
    const { status, headers } = response;
    const digest = headers.get("docker-content-digest") ?? "";
    const length = headers.get("content-length") ?? "";
    const mediaType = headers.get("content-type")?.split(";")[0]?.trim() ?? "";
    refuseSchema1(mediaType, label(context.name, reference));
    if (status === 200 && isDigest(digest) && /^\d{1,9}$/.test(length) && /manifest|index/.test(mediaType)) {
      if (!isDigest(reference) || digest === reference) return { digest, mediaType, size: Number(length) };
    }
    // A reply to HEAD has no words for an error either.
    const manifest = await fetchManifest(context, session, reference, signal);
    return { digest: manifest.digest, mediaType: manifest.mediaType, size: manifest.bytes.length };
  });
}

export function putManifest(
  context: RepositoryContext,
  reference: string,
  manifest: { mediaType: string; bytes: Uint8Array },
  signal: AbortSignal,
): Promise<Digest> {
  checked(reference);
  const digest = digestOf(manifest.bytes);
  if (isDigest(reference) && reference !== digest) {
    throw invalid(`the manifest has the digest ${digest}, not ${reference}`);
  }
  const target = `v2/${context.path}/manifests/${reference}`;
  const headers = { "Content-Type": manifest.mediaType };
  return repeated(context, context.registry, signal, async () => {
    const request = { method: "PUT", target, headers, body: manifest.bytes, signal };
    const response = await push(context, context.registry, request, 200, 201, 202);
    await response.discard();
    const told = response.headers.get("docker-content-digest");
    if (told !== undefined && isDigest(told) && told !== digest) {
      throw invalid(`${context.registry.endpoint.host} stored the manifest as ${told}, not as ${digest}`);
    }
    return digest;
  });
}
