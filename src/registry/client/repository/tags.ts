import * as v from "valibot";
import { invalid } from "../../../core/index.ts";
import { jsonOf } from "../documents.ts";
import { nextLink } from "../headers/link.ts";
import { resolveLocation, sameOrigin } from "../http/redirect.ts";
import type { HttpResponse } from "../http/response.ts";
import { pull, type RepositoryContext, reading } from "./context.ts";

const PAGE = 1000;
export const PAGES_AT_MOST = 200;
const TAGS_AT_MOST = 200_000;
const MAX_PAGE = 4 << 20;

const tagList = v.looseObject({
  tags: v.nullish(v.array(v.pipe(v.string(), v.regex(/^[\w][\w.-]{0,127}$/, "not a tag")))),
});

/** All tags, each once, in the registry's order. @throws invalid for more than 200000 */
export function listTags(context: RepositoryContext, signal: AbortSignal): Promise<string[]> {
  return reading(context, signal, async (session) => {
    const tags = new Set<string>();
    let target: string | URL | undefined = `v2/${context.path}/tags/list?n=${PAGE}`;
    for (let page = 0; target; page++) {
      const response: HttpResponse = await pull(context, session, { method: "GET", target, signal }, 200);
      const list = await jsonOf(response, tagList, MAX_PAGE, `the list of tags of ${context.name}`);
      for (const tag of list.tags ?? []) tags.add(tag);
      if (tags.size > TAGS_AT_MOST || page >= PAGES_AT_MOST) {
        throw invalid(`${context.name} has more tags than can be listed (${TAGS_AT_MOST})`);
      }
      target = nextPage(response);
    }
    return [...tags];
  });
}

/** The page after this one. @throws invalid when it is on another host */
export function nextPage(response: HttpResponse): URL | undefined {
  const link = nextLink(response.headers.get("link"));
  if (link === undefined) return undefined;
  const url = resolveLocation(response.url, link, () => true);
  // A registry behind a proxy that ends TLS writes its own name with http.
  if (response.url.protocol === "https:") url.protocol = "https:";
  if (!sameOrigin(url, response.url)) throw invalid(`${response.url.host} has its next page on another host`);
  return url;
}
