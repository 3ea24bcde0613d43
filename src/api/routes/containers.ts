import { invalid } from "../../core/index.ts";
import { validators } from "../../spec/index.ts";
import type { Call, Route } from "../call.ts";
import { FILTER_KEYS, parseFilters } from "../filters.ts";
import { readJson } from "../json-body.ts";
import type { Query } from "../query.ts";
import { referenceOf } from "../reference-of.ts";
import { terminalSize } from "./terminal-size.ts";

export const containerRoutes: Route[] = [
  { method: "POST", path: "/containers/create", handle: create },
  { method: "GET", path: "/containers/json", handle: list },
  { method: "GET", path: "/containers/{name}/json", handle: inspect },
  { method: "GET", path: "/containers/{name}/top", handle: top },
  { method: "POST", path: "/containers/{name}/start", handle: start },
  { method: "POST", path: "/containers/{name}/stop", handle: stop },
  { method: "POST", path: "/containers/{name}/restart", handle: restart },
  { method: "POST", path: "/containers/{name}/kill", handle: kill },
  {
    method: "POST",
    path: "/containers/{name}/pause",
    handle: async ({ engine, reply, name }) => {
      await engine.containers.pause(name);
      reply.empty(204);
    },
  },
  {
    method: "POST",
    path: "/containers/{name}/unpause",
    handle: async ({ engine, reply, name }) => {
      await engine.containers.unpause(name);
      reply.empty(204);
    },
  },
  { method: "POST", path: "/containers/{name}/rename", handle: rename },
  { method: "POST", path: "/containers/{name}/resize", handle: resize },
  { method: "DELETE", path: "/containers/{name}", handle: remove },
  { method: "GET", path: "/containers/{name}/changes", handle: changes },
  {
    method: "GET",
    path: "/containers/{name}/export",
    handle: async ({ engine, reply, name }) =>
      reply.pipe("application/x-tar", await engine.containers.export(name)),
  },
  { method: "POST", path: "/containers/prune", handle: prune },
  { method: "POST", path: "/commit", handle: commit },
];

/** No change at all is `null`, as Docker says it. */
async function changes({ engine, reply, name }: Call): Promise<void> {
  const found = await engine.containers.changes(name);
  reply.json(200, found.length > 0 ? found.map(({ path, kind }) => ({ Path: path, Kind: kind })) : null);
}

/** The body, which may be missing, is a container's configuration. */
async function commit({ engine, request, reply, query }: Call): Promise<void> {
  const written = await readJson(request);
  const { containerConfig } = await validators();
  const config = containerConfig(written);
  const name = query.get("container");
  if (name === "") throw invalid('invalid name or ID supplied: ""');
  const options = {
    reference: referenceOf(query.get("repo"), query.get("tag")),
    author: query.text("author"),
    comment: query.text("comment"),
    pause: query.bool("pause", true),
    changes: query.all("changes"),
    config,
  };
  reply.json(201, { Id: await engine.containers.commit(name, options) });
}

async function prune({ engine, reply, query }: Call): Promise<void> {
  const filters = parseFilters(query.get("filters"), FILTER_KEYS.prune);
  const { deleted, reclaimed } = await engine.containers.prune(filters);
  reply.json(200, { ContainersDeleted: deleted.length > 0 ? deleted : null, SpaceReclaimed: reclaimed });
}

async function create({ engine, request, reply, query }: Call): Promise<void> {
  const written = await readJson(request);
  if (written === undefined) throw invalid("invalid JSON: got EOF while reading request body");
  const { containerCreateBody } = await validators();
  const body = containerCreateBody(written);
  const options = { name: query.text("name"), platform: query.text("platform") };
  reply.json(201, await engine.containers.create(body, options));
}

async function list({ engine, reply, query }: Call): Promise<void> {
  const limit = query.int("limit");
  const summaries = await engine.containers.list({
    all: query.bool("all"),
    // Zero and less mean no limit.
    limit: limit !== undefined && limit > 0 ? limit : undefined,
    size: query.bool("size"),
    filters: parseFilters(query.get("filters"), FILTER_KEYS.containers),
  });
  reply.json(200, summaries);
}

async function inspect({ engine, reply, query, name }: Call): Promise<void> {
  reply.json(200, await engine.containers.inspect(name, { size: query.bool("size") }));
}

async function top({ engine, reply, query, name }: Call): Promise<void> {
  reply.json(200, await engine.containers.top(name, query.text("ps_args")));
}

/** A `start` once carried a host configuration; a body that could be one is refused, `{}` and the like pass. */
const LONGEST_START_BODY = 7;

async function start({ engine, request, reply, name }: Call): Promise<void> {
  const { framing } = request.body;
  if (framing.kind === "chunked" || (framing.kind === "length" && framing.length > LONGEST_START_BODY)) {
    throw invalid(
      "starting container with non-empty request body was deprecated since API v1.22 and removed in v1.24",
    );
  }
  reply.empty((await engine.containers.start(name)) ? 204 : 304);
}

function stopOptions(query: Query): { signal?: string; timeout?: number } {
  return { signal: query.text("signal"), timeout: query.int("t") };
}

async function stop({ engine, reply, query, name }: Call): Promise<void> {
  reply.empty((await engine.containers.stop(name, stopOptions(query))) ? 204 : 304);
}

async function restart({ engine, reply, query, name }: Call): Promise<void> {
  await engine.containers.restart(name, stopOptions(query));
  reply.empty(204);
}

async function kill({ engine, reply, query, name }: Call): Promise<void> {
  await engine.containers.kill(name, query.text("signal"));
  reply.empty(204);
}

async function rename({ engine, reply, query, name }: Call): Promise<void> {
  const to = query.get("name");
  if (to === "") throw invalid("Neither old nor new names may be empty");
  await engine.containers.rename(name, to);
  reply.empty(204);
}

async function resize({ engine, reply, query, name }: Call): Promise<void> {
  const { height, width } = terminalSize(query);
  await engine.containers.resize(name, height, width);
  reply.empty(200);
}

async function remove({ engine, reply, query, name }: Call): Promise<void> {
  await engine.containers.remove(name, {
    force: query.bool("force"),
    volumes: query.bool("v"),
    link: query.bool("link"),
  });
  reply.empty(204);
}
