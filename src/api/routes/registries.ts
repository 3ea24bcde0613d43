import { invalid, isKind, isMediaType, messageOf, notFound, parseReference } from "../../core/index.ts";
import type { Call, Route } from "../call.ts";
import { FILTER_KEYS, parseFilters } from "../filters.ts";
import { readJson } from "../json-body.ts";
import { checkPlatform, jsonPlatforms } from "../platform.ts";
import { referenceOf } from "../reference-of.ts";
import { authOf, registryAuth } from "../registry-auth.ts";
import { ProgressStream } from "../stream/progress-stream.ts";

/** Images on their way from and to registries, and what registries say. */
export const registryRoutes: Route[] = [
  { method: "POST", path: "/auth", handle: authenticate },
  { method: "GET", path: "/images/search", handle: search },
  { method: "POST", path: "/images/{name}/push", handle: push },
  { method: "GET", path: "/distribution/{name}/json", handle: distribution },
  // The engine's own, beside Docker's: what `image tags`, `image referrers` and `manifest` need of a registry.
  { method: "GET", path: "/distribution/{name}/tags", handle: tags },
  { method: "GET", path: "/distribution/{name}/referrers", handle: referrers },
  { method: "GET", path: "/distribution/{name}/manifest", handle: manifest },
  { method: "PUT", path: "/distribution/{name}/manifest", handle: putManifest },
];

const SEARCH_DEFAULT = 25;
const SEARCH_MOST = 100;
/** What registries take at most (OCI distribution specification, "Pushing Manifests"). */
const MANIFEST_LIMIT = 4 * 1024 * 1024;

/** `POST /images/create?fromImage=`. Without a tag or digest every tag of the repository is meant. */
export async function pull({ engine, request, reply, query }: Call): Promise<void> {
  const name = referenceOf(query.get("fromImage"), query.get("tag"));
  if (name === undefined) throw invalid("invalid reference format: the image is missing");
  const { tag, digest } = parseReference(name);
  const platform = query.text("platform");
  if (platform !== undefined) checkPlatform(platform);
  const progress = new ProgressStream(reply);
  const options = {
    platform,
    allPlatforms: query.bool("all-platforms"),
    allTags: tag === undefined && digest === undefined,
    auth: registryAuth(request),
    signal: request.signal,
  };
  try {
    await engine.registries.pull(name, options, progress.send);
    progress.end();
  } catch (error) {
    // A registry does not tell an image that is not there from one that is not for everybody; clients expect a 404.
    progress.fail(isKind(error, "denied") ? notFound(error.message, error) : error);
  }
}

/** Without a tag every tag of the repository is pushed. */
async function push({ engine, request, reply, query, version, name }: Call): Promise<void> {
  const reference = referenceOf(name, query.get("tag")) ?? name;
  const { tag, digest } = parseReference(reference);
  if (digest !== undefined) throw invalid("cannot push a digest reference");
  const [platform, ...more] = version.atLeast(1, 46) ? jsonPlatforms(query) : [];
  if (more.length > 0) throw invalid("only one platform of an image can be pushed at a time");
  const progress = new ProgressStream(reply);
  const options = {
    platform,
    allTags: tag === undefined,
    auth: registryAuth(request),
    signal: request.signal,
  };
  try {
    await engine.registries.push(reference, options, progress.send);
    progress.end();
  } catch (error) {
    progress.fail(error);
  }
}

async function authenticate({ engine, request, reply }: Call): Promise<void> {
  const body = (await readJson(request)) as { serveraddress?: unknown } | undefined;
  if (typeof body !== "object" || body === null) throw invalid("the credentials to check are missing");
  const server = body.serveraddress ?? "";
  if (typeof server !== "string") throw invalid("invalid JSON: serveraddress: expected string");
  try {
    const found = await engine.registries.authenticate(server, authOf(body) ?? {}, request.signal);
    reply.json(200, { IdentityToken: found.identityToken, Status: found.status });
  } catch (error) {
    // The one place where the client itself is asked to say who it is.
    if (!isKind(error, "denied")) throw error;
    reply.json(401, { message: messageOf(error) });
  }
}

async function search({ engine, request, reply, query }: Call): Promise<void> {
  const filters = parseFilters(query.get("filters"), FILTER_KEYS.search);
  const limit = searchLimit(query.get("limit"));
  const term = query.get("term");
  if (term === "") throw invalid("the term to search for is missing");
  const { signal } = request;
  reply.json(
    200,
    await engine.registries.search(term, { limit, filters, auth: registryAuth(request), signal }),
  );
}

function searchLimit(text: string): number {
  if (text === "") return SEARCH_DEFAULT;
  if (!/^[+-]?\d+$/.test(text)) {
    throw invalid(`invalid limit specified: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
  }
  const limit = Number(text) || SEARCH_DEFAULT;
  if (limit < 1 || limit > SEARCH_MOST) {
    throw invalid(`limit ${limit} is outside the range of [1, ${SEARCH_MOST}]`);
  }
  return limit;
}

async function distribution({ engine, request, reply, name }: Call): Promise<void> {
  parseReference(name);
  reply.json(200, await engine.registries.distribution(name, registryAuth(request), request.signal));
}

async function tags({ engine, request, reply, name }: Call): Promise<void> {
  parseReference(name);
  const Tags = await engine.registries.tags(name, registryAuth(request), request.signal);
  reply.json(200, { Name: name, Tags });
}

async function referrers({ engine, request, reply, name }: Call): Promise<void> {
  parseReference(name);
  const found = await engine.registries.referrers(name, registryAuth(request), request.signal);
  reply.json(200, { Name: name, Digest: found.digest, Referrers: found.referrers });
}

/** The bytes as the registry sent them, with their media type and digest. */
async function manifest({ engine, request, reply, name }: Call): Promise<void> {
  parseReference(name);
  const found = await engine.registries.manifest(name, registryAuth(request), request.signal);
  const type = isMediaType(found.mediaType) ? found.mediaType : "application/octet-stream";
  reply.header("Docker-Content-Digest", found.digest).bytes(200, type, found.bytes);
}

async function putManifest({ engine, request, reply, query, name }: Call): Promise<void> {
  parseReference(name);
  const mediaType = request.head.headers.get("content-type") ?? "";
  if (!isMediaType(mediaType)) throw invalid("the manifest's media type is missing: set Content-Type");
  const bytes = await request.body.whole(MANIFEST_LIMIT);
  const from = query.text("from");
  if (from !== undefined) parseReference(from);
  const Digest = await engine.registries.putManifest(
    name,
    { mediaType, bytes },
    registryAuth(request),
    request.signal,
    from,
  );
  reply.header("Docker-Content-Digest", Digest).json(201, { Digest });
}
