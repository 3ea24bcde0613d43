import { familiar, invalid, parseReference, unsupported } from "../../core/index.ts";
import type { ImageInspect, ImageSummary } from "../../spec/index.ts";
import type { Call, Route } from "../call.ts";
import { FILTER_KEYS, parseFilters } from "../filters.ts";
import { ProgressStream } from "../stream/progress-stream.ts";
import type { ApiVersion } from "../version.ts";

export const imageRoutes: Route[] = [
  { method: "GET", path: "/images/json", handle: list },
  { method: "POST", path: "/images/create", handle: create },
  { method: "POST", path: "/images/load", handle: load },
  { method: "GET", path: "/images/get", handle: (call) => save(call, call.query.all("names")) },
  { method: "GET", path: "/images/{name}/get", handle: (call) => save(call, [call.name]) },
  { method: "GET", path: "/images/{name}/json", handle: inspect },
  {
    method: "GET",
    path: "/images/{name}/history",
    handle: ({ engine, reply, name }) => reply.json(200, engine.images.history(name)),
  },
  { method: "POST", path: "/images/{name}/tag", handle: tag },
  { method: "DELETE", path: "/images/{name}", handle: remove },
];

function list({ engine, reply, query, version }: Call): void {
  const filters = parseFilters(query.get("filters"), FILTER_KEYS.images);
  const images = engine.images.list({
    all: query.bool("all"),
    filters,
    sharedSize: query.bool("shared-size"),
  });
  reply.json(
    200,
    images.map((image) => forVersion(image, version)),
  );
}

/** The list as older clients know it. */
function forVersion(image: ImageSummary, version: ApiVersion): ImageSummary {
  if (version.atLeast(1, 44)) return image;
  const sized = { ...image, VirtualSize: image.Size };
  const nameless = image.RepoTags.length === 0 && image.RepoDigests.length === 0;
  if (version.atLeast(1, 43) || !nameless) return sized;
  return { ...sized, RepoTags: ["<none>:<none>"], RepoDigests: ["<none>@<none>"] };
}

function inspect({ engine, reply, query, version, name }: Call): void {
  if (query.has("platform")) {
    throw unsupported("inspecting one platform of an image is not offered: every image has one platform");
  }
  const image: ImageInspect = engine.images.inspect(name);
  reply.json(200, version.atLeast(1, 44) ? image : { ...image, VirtualSize: image.Size });
}

/** The name that `repo` and `tag` (or digest) parameters make together; undefined without a repository. */
function referenceOf(repo: string, tagOrDigest: string): string | undefined {
  if (repo === "") return undefined;
  if (tagOrDigest === "") return familiar(parseReference(repo));
  const bare = parseReference(repo);
  if (tagOrDigest.includes(":")) return familiar(parseReference(`${repo}@${tagOrDigest}`));
  if (!/^\w[\w.-]{0,127}$/.test(tagOrDigest)) throw invalid("invalid tag format");
  return familiar({ ...bare, tag: tagOrDigest });
}

function tag({ engine, reply, query, name }: Call): void {
  const target = referenceOf(query.get("repo"), query.get("tag"));
  if (target === undefined) throw invalid("invalid reference format: the repository is missing");
  engine.images.tag(name, target);
  reply.empty(201);
}

async function remove({ engine, reply, query, name }: Call): Promise<void> {
  const options = { force: query.bool("force"), noPrune: query.bool("noprune") };
  reply.json(200, await engine.images.remove(name, options));
}

/** `docker import`; pulling is refused with a word of what to do instead. */
async function create({ engine, request, reply, query }: Call): Promise<void> {
  const source = query.get("fromSrc");
  if (query.has("fromImage") && source === "") {
    throw unsupported(
      `cannot pull ${query.get("fromImage")}: pulling from registries is not offered yet; build the image, or load or import it from a file`,
    );
  }
  if (source === "") throw invalid("either fromImage or fromSrc is needed to create an image");
  if (source !== "-") {
    throw unsupported(`cannot import from ${source}: download it first, and import the file`);
  }
  const progress = new ProgressStream(reply);
  const id = await engine.images.importTar(request.body, {
    reference: referenceOf(query.get("repo"), query.get("tag")),
    message: query.text("message"),
    changes: query.all("changes"),
    platform: query.text("platform"),
  });
  progress.send({ status: id });
  progress.end();
}

async function load({ engine, request, reply }: Call): Promise<void> {
  const progress = new ProgressStream(reply);
  try {
    await engine.images.load(request.body, progress.send);
    progress.end();
  } catch (error) {
    progress.fail(error);
  }
}

async function save({ engine, reply }: Call, names: readonly string[]): Promise<void> {
  if (names.length === 0) throw invalid("no image named to save");
  await reply.pipe("application/x-tar", engine.images.save(names));
}
