import * as v from "valibot";
import { invalid } from "../../core/index.ts";
import { jsonOf } from "./documents.ts";
import { failureOf } from "./failures.ts";
import { withRetries } from "./retry.ts";
import type { Session } from "./session.ts";
import type { Timing } from "./timing.ts";
import type { SearchResult } from "./types.ts";

const MAX_REPLY = 4 << 20;
/** Docker's limits on `--limit`. */
const MOST_RESULTS = 100;

const reply = v.looseObject({
  results: v.nullish(
    v.array(
      v.looseObject({
        name: v.string(),
        description: v.nullish(v.string()),
        star_count: v.nullish(v.number()),
        is_official: v.nullish(v.boolean()),
        is_automated: v.nullish(v.boolean()),
      }),
    ),
  ),
});

/** The registry of a search term and what is searched there: a first part that can only be a host is one. */
export function splitTerm(term: string): { domain: string; query: string } {
  const slash = term.indexOf("/");
  const head = term.slice(0, Math.max(slash, 0));
  if (slash < 0 || (!/[.:]/.test(head) && head !== "localhost")) return { domain: "docker.io", query: term };
  const domain = head === "index.docker.io" ? "docker.io" : head;
  return { domain, query: term.slice(slash + 1) };
}

/** Docker's first search API, `/v1/search`, which Docker Hub and some registries answer. */
export async function search(
  session: Session,
  query: string,
  options: { readonly limit: number; readonly timing: Timing; readonly signal: AbortSignal },
): Promise<SearchResult[]> {
  const { limit, timing, signal } = options;
  if (limit < 1 || limit > MOST_RESULTS) {
    throw invalid(`limit ${limit} is outside the range of [1, ${MOST_RESULTS}]`);
  }
  const parameters = new URLSearchParams({ q: query, n: String(limit) });
  const reached = () => session.endpoint.reached;
  const attempt = async () => {
    const target = `v1/search?${parameters}`;
    const response = await session.send({ method: "GET", target, scopes: [], signal });
    if (response.status !== 200) throw await failureOf(response, timing.now());
    const found = await jsonOf(response, reply, MAX_REPLY, "the search result");
    return (found.results ?? []).slice(0, limit).map((result) => ({
      name: result.name,
      description: result.description ?? "",
      star_count: result.star_count ?? 0,
      is_official: result.is_official ?? false,
      is_automated: result.is_automated ?? false,
    }));
  };
  return withRetries(attempt, { signal, timing, further: 2, reached });
}
