import { invalid, isKind, notFound, unsupported } from "../../core/index.ts";
import { describeVolume, type Volume } from "../../volume/index.ts";
import type { Call, Route } from "../call.ts";
import { parseFilters } from "../filters.ts";
import { readJson } from "../json-body.ts";

export const volumeRoutes: Route[] = [
  { method: "GET", path: "/volumes", handle: list },
  { method: "GET", path: "/volumes/{name}", handle: inspect },
  { method: "POST", path: "/volumes/create", handle: create },
  { method: "DELETE", path: "/volumes/{name}", handle: remove },
];

function list({ engine, reply, query }: Call): void {
  const filters = parseFilters(query.get("filters"), ["name", "label", "driver"]);
  const passes = (volume: Volume) =>
    [...filters].every(([key, values]) =>
      values.some((value) => {
        if (key === "name") return volume.name.includes(value);
        if (key === "driver") return value === "local";
        const [label = "", wanted] = value.split("=", 2);
        return label in volume.labels && (wanted === undefined || volume.labels[label] === wanted);
      }),
    );
  reply.json(200, { Volumes: engine.volumes.list().filter(passes).map(describeVolume), Warnings: null });
}

function inspect({ engine, reply, name }: Call): void {
  const volume = engine.volumes.get(name);
  if (!volume) throw notFound(`get ${name}: no such volume`);
  reply.json(200, describeVolume(volume));
}

interface CreateBody {
  Name?: string;
  Driver?: string;
  DriverOpts?: Record<string, string> | null;
  Labels?: Record<string, string> | null;
}

/** A name that is there already gives the volume of that name. */
async function create({ engine, request, reply }: Call): Promise<void> {
  const body = ((await readJson(request)) ?? {}) as CreateBody;
  if (body.Driver && body.Driver !== "local")
    throw notFound(`plugin ${JSON.stringify(body.Driver)} not found`);
  if (Object.keys(body.DriverOpts ?? {}).length > 0) {
    throw unsupported("options of the local volume driver are not offered");
  }
  if (body.Name !== undefined && typeof body.Name !== "string")
    throw invalid("invalid JSON: Name: expected string");
  const labels = body.Labels ?? {};
  if (Object.values(labels).some((value) => typeof value !== "string"))
    throw invalid("labels must be strings");
  reply.json(201, describeVolume(engine.volumes.create(body.Name || undefined, labels)));
}

/** With `force` a volume that is not there is fine. */
async function remove({ engine, reply, query, name }: Call): Promise<void> {
  try {
    await engine.volumes.remove(name);
  } catch (error) {
    if (!(query.bool("force") && isKind(error, "notFound"))) throw error;
  }
  reply.empty(204);
}
