/** Longer ones are no answer to a list of tags, in characters. */
const MAX_HEADER = 4096;
const PARAMETER = /;\s*([^\s=;,"<>]+)\s*(?:=\s*(?:"([^"]*)"|([^\s;,"<>]*)))?/g;

/**
 * The target of the first `rel="next"` in a Link header (RFC 8288); undefined where there is none or the header is
 * not one.
 */
export function nextLink(header: string | undefined): string | undefined {
  if (header === undefined || header.length > MAX_HEADER) return undefined;
  const link = /\s*<([^<>]*)>((?:\s*;\s*[^\s=;,"<>]+\s*(?:=\s*(?:"[^"]*"|[^\s;,"<>]*))?)*)\s*(?:,|$)/y;
  for (let match = link.exec(header); match; match = link.exec(header)) {
    const parameters = (match[2] as string).matchAll(PARAMETER);
    const rel = parameters.find(([, name]) => name?.toLowerCase() === "rel");
    const types = (rel?.[2] ?? rel?.[3] ?? "").toLowerCase().split(/\s+/);
    if (types.includes("next")) return match[1];
    if (match[0] === "") return undefined;
  }
  return undefined;
}
