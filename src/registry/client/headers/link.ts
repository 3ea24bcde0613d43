/** Longer ones are no answer to a list of tags, in characters. */
const MAX_HEADER = 4096;

/**
 * The target of the first `rel="next"` in a Link header (RFC 8288); undefined where there is none or the header is
 * not one.
 */
export function nextLink(header: string | undefined): string | undefined {
  if (header === undefined || header.length > MAX_HEADER) return undefined;
  const link = /\s*<([^<>]*)>((?:\s*;\s*[^\s=;,"<>]+\s*(?:=\s*(?:"[^"]*"|[^\s;,"<>]*))?)*)\s*(?:,|$)/y;
  for (let match = link.exec(header); match; match = link.exec(header)) {
    const rel = /;\s*rel\s*=\s*(?:"([^"]*)"|([^\s;,"]*))/i.exec(match[2] as string);
    const types = (rel?.[1] ?? rel?.[2] ?? "").toLowerCase().split(/\s+/);
    if (types.includes("next")) return match[1];
    if (match[0] === "") return undefined;
  }
  return undefined;
}
