import { invalid, messageOf, type Platform, parsePlatform } from "../core/index.ts";
import type { Query } from "./query.ts";

/**
 * The platforms that `platform` parameters name, each JSON of `os`, `architecture` and `variant`, as the API's newer
 * endpoints have it (others take plain text). @throws invalid `failed to parse platform`
 */
export function jsonPlatforms(query: Query, key = "platform"): string[] {
  return query
    .all(key)
    .filter((text) => text !== "")
    .map(jsonPlatform);
}

function jsonPlatform(text: string): string {
  try {
    const { os, architecture, variant } = JSON.parse(text) as Partial<Platform>;
    if (typeof os !== "string" || typeof architecture !== "string") {
      throw invalid("both OS and Architecture must be provided");
    }
    const written = [os, architecture, ...(variant ? [variant] : [])].join("/");
    return checkPlatform(written);
  } catch (error) {
    throw invalid(`failed to parse platform: ${messageOf(error)}`, error);
  }
}

/** @throws invalid where it is no `os[/architecture[/variant]]` */
export function checkPlatform(text: string): string {
  parsePlatform(text);
  return text;
}
