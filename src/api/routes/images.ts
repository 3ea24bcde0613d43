import { invalid, notFound, unsupported } from "../../core/index.ts";
import type { ImageInspect, ImageSummary } from "../../spec/index.ts";
import type { Call, Route } from "../call.ts";
import { FILTER_KEYS, parseFilters } from "../filters.ts";
import { jsonPlatforms } from "../platform.ts";
import type { Query } from "../query.ts";
import { referenceOf } from "../reference-of.ts";
import { ProgressStream } from "../stream/progress-stream.ts";
import type { ApiVersion } from "../version.ts";
import { pull } from "./registries.ts";

export const imageRoutes: Route[] = [
  { method: "GET", path: "/images/json", handle: list },
  { method: "POST", path: "/images/create", handle: create },
  { method: "POST", path: "/images/load", handle: load },
  { method: "POST", path: "/images/prune", handle: prune },
  { method: "GET", path: "/images/get", handle: (call) => save(call, call.query.all("names")) },
  { method: "GET", path: "/images/{name}/get", handle: (call) => save(call, [call.name]) },
  { method: "GET", path: "/images/{name}/json", handle: inspect },
  { method: "GET", path: "/images/{name}/history", handle: history },
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
  if (query.bool("manifests") && query.has("platform")) {
    throw invalid("conflicting options: manifests and platform options cannot both be set");
  }
  const image: ImageInspect = engine.images.inspect(name);
  checkPlatformOf(image, name, query);
  reply.json(200, version.atLeast(1, 44) ? image : { ...image, VirtualSize: image.Size });
}

function history({ engine, reply, query, name }: Call): void {
  if (query.has("platform")) checkPlatformOf(engine.images.inspect(name), name, query);
  reply.json(200, engine.images.history(name));
}

/** @throws notFound where a platform is asked for that the image is not made for */
function checkPlatformOf(image: ImageInspect, name: string, query: Query): void {
  const [wanted] = jsonPlatforms(query);
  if (wanted === undefined) return;
  const [os, architecture, variant] = wanted.split("/");
  const same =
    os === image.Os && architecture === image.Architecture && (!variant || variant === image.Variant);
  if (same) return;
  const own = [image.Os, image.Architecture, image.Variant].filter(Boolean).join("/");
  throw notFound(
    `image with reference ${name} was found but its platform (${own}) does not match the specified platform (${wanted})`,
  );
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

/** `docker pull` or, with `fromSrc`, `docker import`. */
async function create(call: Call): Promise<void> {
  const { engine, request, reply, query } = call;
  const source = query.get("fromSrc");
  if (query.has("fromImage") && source === "") return pull(call);
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

async function load({ engine, request, reply, query }: Call): Promise<void> {
  const platforms = jsonPlatforms(query);
  const progress = new ProgressStream(reply);
  try {
    await engine.images.load(request.body, progress.send, { platforms });
    progress.end();
  } catch (error) {
    progress.fail(error);
  }
}

async function save({ engine, reply, query }: Call, names: readonly string[]): Promise<void> {
  if (names.length === 0) throw invalid("no image named to save");
  await reply.pipe("application/x-tar", engine.images.save(names, { platforms: jsonPlatforms(query) }));
}

/** With `dry-run`, the engine's own, nothing is removed. */
async function prune({ engine, reply, query }: Call): Promise<void> {
  const filters = parseFilters(query.get("filters"), FILTER_KEYS.imagePrune);
  reply.json(200, await engine.images.prune({ filters, dryRun: query.bool("dry-run") }));
}
