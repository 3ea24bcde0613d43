import { parsePlatform } from "../core/index.ts";

/** A platform as the API's newer endpoints take it: JSON of os, architecture and variant. @throws invalid */
export function platformQuery(text: string | undefined): string | undefined {
  return text ? JSON.stringify(parsePlatform(text)) : undefined;
}
