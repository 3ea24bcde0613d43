import { invalid, parseMoment } from "../../core/index.ts";
import type { Call, Route } from "../call.ts";
import { parseFilters } from "../filters.ts";
import { eventLine } from "../stream/event-message.ts";

export const systemRoutes: Route[] = [
  { method: "GET", path: "/_ping", handle: ping },
  { method: "HEAD", path: "/_ping", handle: ping },
  { method: "GET", path: "/version", handle: ({ engine, reply }) => reply.json(200, engine.version()) },
  { method: "GET", path: "/info", handle: async ({ engine, reply }) => reply.json(200, await engine.info()) },
  { method: "GET", path: "/events", handle: events },
  { method: "GET", path: "/system/df", handle: diskUsage },
  // The engine's own.
  { method: "POST", path: "/system/check", handle: check },
];

function ping({ request, reply }: Call): void {
  reply
    .header("Builder-Version", "1")
    .header("Swarm", "inactive")
    .header("Cache-Control", "no-cache, no-store, must-revalidate")
    .header("Pragma", "no-cache")
    // Docker's HEAD says that its body is empty; clients take the headers either way.
    .text(200, request.head.method === "HEAD" ? "" : "OK");
}

async function events({ engine, request, reply, query }: Call): Promise<void> {
  const moment = (key: string) => {
    const text = query.text(key);
    return text === undefined ? undefined : parseMoment(text);
  };
  const since = moment("since");
  const until = moment("until");
  if (since !== undefined && until !== undefined && since > until) {
    throw invalid(
      `\`since\` time (${query.get("since")}) cannot be after \`until\` time (${query.get("until")})`,
    );
  }
  const filters = parseFilters(query.get("filters"));
  const { signal } = request;
  const iterator = engine.events.subscribe({ since, until, filters, signal })[Symbol.asyncIterator]();
  // Asked for before the head leaves, so that a client that has seen the head misses nothing.
  let next = iterator.next();
  const stream = reply.stream("application/json");
  try {
    for (let item = await next; !item.done && !stream.closed; item = await next) {
      await stream.write(eventLine(item.value));
      next = iterator.next();
    }
  } finally {
    await iterator.return?.();
  }
}

const USAGE_PARTS = {
  container: "Containers",
  image: "Images",
  volume: "Volumes",
  "build-cache": "BuildCache",
} as const;

/** Everything, or the kinds of objects that `type` parameters name; the others are null then. */
async function diskUsage({ engine, reply, query }: Call): Promise<void> {
  const types = query.all("type");
  const unknown = types.find((type) => !Object.hasOwn(USAGE_PARTS, type));
  if (unknown !== undefined) throw invalid(`unknown object type: ${unknown}`);
  const usage: Record<string, unknown> = { ...(await engine.diskUsage()) };
  if (types.length > 0) {
    for (const [type, part] of Object.entries(USAGE_PARTS)) if (!types.includes(type)) usage[part] = null;
    if (!types.includes("image")) usage.LayersSize = 0;
  }
  reply.json(200, usage);
}

async function check({ engine, request, reply, query }: Call): Promise<void> {
  reply.json(200, await engine.check({ repair: query.bool("repair"), signal: request.signal }));
}
