import type { RequestOptions } from "../types.ts";

/** `?a=1&b=2&b=3`, or nothing. Undefined values are left out; lists repeat the name; booleans are 1 and 0. */
export function encodeQuery(query: RequestOptions["query"]): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(query ?? {})) {
    if (value === undefined) continue;
    const values = Array.isArray(value) ? (value as readonly string[]) : [value];
    for (const one of values) {
      const text = typeof one === "boolean" ? (one ? "1" : "0") : String(one);
      parts.push(`${encodeURIComponent(name)}=${encodeURIComponent(text)}`);
    }
  }
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}
