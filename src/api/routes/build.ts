import type { BuildRequest } from "../../build/index.ts";
import { invalid, messageOf, parseMoment, unsupported } from "../../core/index.ts";
import { validators } from "../../spec/index.ts";
import type { Call, Route } from "../call.ts";
import { parseFilters } from "../filters.ts";
import { parseJson } from "../json-body.ts";
import type { Query } from "../query.ts";
import { registryConfig } from "../registry-auth.ts";
import { ProgressStream } from "../stream/progress-stream.ts";

export const buildRoutes: Route[] = [
  { method: "POST", path: "/build", handle: build },
  { method: "POST", path: "/build/prune", handle: prune },
];

async function prune({ engine, reply, query }: Call): Promise<void> {
  const filters = parseFilters(query.get("filters"), ["until"]);
  // Several mean all of them: the oldest moment is the one that counts.
  const moments = (filters.get("until") ?? []).map((text) => Number(parseMoment(text) / 1_000_000n));
  const unusedSince = moments.length > 0 ? Math.min(...moments) : undefined;
  const { deleted, reclaimed } = await engine.builder.prune({
    ...(unusedSince !== undefined && { unusedSince }),
  });
  reply.json(200, { CachesDeleted: deleted.length > 0 ? deleted : null, SpaceReclaimed: reclaimed });
}

/** The classic builder: the context is the body, the reply a progress stream that begins while the body still comes. */
async function build({ engine, request, reply, query }: Call): Promise<void> {
  refuseWhatIsNotOffered(query);
  const options = await buildOptions(query);
  const progress = new ProgressStream(reply);
  try {
    const registryAuths = registryConfig(request);
    const { body: context, signal } = request;
    await engine.builder.build({ ...options, registryAuths, context, signal }, progress.send);
    progress.end();
  } catch (error) {
    progress.fail(error);
  }
}

function refuseWhatIsNotOffered(query: Query): void {
  const version = query.get("version");
  if (version === "2") {
    throw unsupported("BuildKit builds (version=2) are not offered yet; build with DOCKER_BUILDKIT=0");
  }
  if (version !== "" && version !== "1") throw invalid(`invalid version ${JSON.stringify(version)}`);
  const remote = query.get("remote");
  if (remote !== "") throw unsupported(`building from ${remote} is not offered; send the context as a tar`);
  if (query.get("outputs") !== "") throw unsupported("build outputs are not offered by the classic builder");
  const isolation = query.get("isolation");
  if (isolation !== "" && isolation.toLowerCase() !== "default") {
    throw invalid(`unsupported isolation: ${JSON.stringify(isolation)}`);
  }
  if (query.bool("squash")) throw unsupported("squashing the layers of a build is not offered");
  if (query.get("securityopt") !== "" && query.get("securityopt") !== "[]") {
    throw invalid("The daemon on this platform does not support setting security options on build");
  }
}

async function buildOptions(
  query: Query,
): Promise<Omit<BuildRequest, "context" | "registryAuths" | "signal">> {
  const { buildArguments, buildLabels, buildUlimits } = await validators();
  return {
    dockerfile: query.text("dockerfile"),
    tags: query.all("t").filter((tag) => tag !== ""),
    buildArgs: jsonParameter(query, "buildargs", "build args", buildArguments) ?? {},
    labels: jsonParameter(query, "labels", "labels", buildLabels) ?? {},
    target: query.text("target"),
    noCache: query.bool("nocache"),
    pull: query.bool("pull"),
    quiet: query.bool("q"),
    platform: query.text("platform"),
    networkMode: query.text("networkmode"),
    extraHosts: query.all("extrahosts").flatMap((hosts) => hosts.split(",").filter((host) => host !== "")),
    shmSize: number(query, "shmsize"),
    memory: number(query, "memory"),
    cpuShares: number(query, "cpushares"),
    cpuQuota: number(query, "cpuquota"),
    cpuPeriod: number(query, "cpuperiod"),
    cpusetCpus: query.text("cpusetcpus"),
    ulimits: jsonParameter(query, "ulimits", "ulimit settings", buildUlimits),
  };
}

/** A number that clients send as 0 when it is not set. */
function number(query: Query, key: string): number | undefined {
  return query.int(key) || undefined;
}

function jsonParameter<T>(
  query: Query,
  key: string,
  what: string,
  validate: (value: unknown) => T,
): T | undefined {
  const text = query.get(key);
  if (text === "") return undefined;
  try {
    return validate(parseJson(text));
  } catch (error) {
    throw invalid(`error reading ${what}: ${messageOf(error).replace(/^invalid JSON: /, "")}`, error);
  }
}
