import { invalid } from "../../../core/index.ts";

/** As many as curl and Go's client take. */
export const MAX_REDIRECTS = 10;

export const isRedirect = (status: number) => [301, 302, 303, 307, 308].includes(status);

/** Same scheme, host and port: credentials for the one may go to the other. */
export const sameOrigin = (a: URL, b: URL) => a.protocol === b.protocol && a.host === b.host;

/**
 * Where a Location header leads from `from`. From https it never leads to plain http, unless that host is one of
 * the insecure registries; a registry behind a proxy that ends TLS writes http for its own name, which is mended.
 * @throws invalid for another scheme, or none
 */
export function resolveLocation(
  from: URL,
  location: string | undefined,
  isInsecure: (url: URL) => boolean,
): URL {
  let url: URL;
  try {
    if (!location) throw new Error("missing");
    url = new URL(location, from);
  } catch {
    throw invalid(`${from.host} answered without a usable Location header`);
  }
  if (url.protocol !== "https:" && url.protocol !== "http:") {
    throw invalid(`${from.host} redirects to ${url.protocol}, which is not HTTP`);
  }
  url.hash = "";
  url.username = "";
  url.password = "";
  if (from.protocol === "https:" && url.protocol === "http:" && !isInsecure(url)) {
    if (url.hostname !== from.hostname || url.port !== "") {
      throw invalid(`${from.host} redirects from https to plain http (${url.host}), which is refused`);
    }
    url.protocol = "https:";
    url.port = from.port;
  }
  return url;
}
