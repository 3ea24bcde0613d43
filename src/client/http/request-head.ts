import type { RequestOptions } from "../types.ts";

const TOKEN = /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/;

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

/**
 * Request line and header fields of HTTP/1.1 (RFC 9112), ready to send.
 * @throws Error when a field would break out of its line.
 */
export function encodeRequestHead(
  method: string,
  target: string,
  headers: Readonly<Record<string, string>>,
): Uint8Array {
  if (/[\s\x00-\x20\x7f]/.test(target)) throw new Error(`bad request target: ${JSON.stringify(target)}`);
  let head = `${method} ${target} HTTP/1.1\r\n`;
  for (const [name, value] of Object.entries(headers)) {
    if (!TOKEN.test(name) || /[\r\n\x00]/.test(value)) {
      throw new Error(`bad request header: ${JSON.stringify(name)}`);
    }
    head += `${name}: ${value}\r\n`;
  }
  return new TextEncoder().encode(`${head}\r\n`);
}
