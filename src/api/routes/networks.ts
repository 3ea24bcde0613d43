import { denied, invalid, notFound } from "../../core/index.ts";
import type { Call, Route } from "../call.ts";
import { FILTER_KEYS, parseFilters } from "../filters.ts";

export const networkRoutes: Route[] = [
  { method: "GET", path: "/networks", handle: list },
  { method: "GET", path: "/networks/", handle: list },
  { method: "GET", path: "/networks/{name}", handle: inspect },
  { method: "DELETE", path: "/networks/{name}", handle: remove },
];

function list({ engine, reply, query }: Call): void {
  reply.json(200, engine.networks.list(parseFilters(query.get("filters"), FILTER_KEYS.networks)));
}

function inspect({ engine, reply, query, name }: Call): void {
  const verbose = query.get("verbose");
  if (!/^(|1|t|true|0|f|false)$/i.test(verbose)) {
    throw invalid(
      `invalid value for verbose: ${verbose}: strconv.ParseBool: parsing ${JSON.stringify(verbose)}: invalid syntax`,
    );
  }
  const network = engine.networks.inspect(name);
  const scope = query.text("scope");
  if (scope !== undefined && scope !== network.Scope) throw notFound(`network ${name} not found`);
  reply.json(200, network);
}

/** Only the predefined networks exist, and they stay. */
function remove({ engine, name }: Call): void {
  const network = engine.networks.resolve(name);
  throw denied(`${network.name} is a pre-defined network and cannot be removed`);
}
