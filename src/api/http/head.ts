import { HttpError } from "./http-error.ts";

/** The head of an HTTP/1 request. Header names are lower case; repeated headers are joined with `, `. */
export interface RequestHead {
  readonly method: string;
  /** The path, percent-decoded. */
  readonly path: string;
  /** What follows `?`, as written. */
  readonly query: string;
  readonly minor: 0 | 1;
  readonly headers: ReadonlyMap<string, string>;
}

export const HEAD_LIMIT = 128 * 1024;
const HEADER_COUNT_LIMIT = 256;

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const FORBIDDEN_IN_VALUE = /[\0\r\n]/;
const REQUEST_LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+) (\S+) HTTP\/(\d)\.(\d)$/;

const bad = (detail: string) => new HttpError(400, `400 Bad Request: ${detail}`);

/**
 * Reads a request head (RFC 9112), given without its final empty line. Strict where leniency is how requests are
 * smuggled: lines end in CRLF, no folded headers, no space before a colon.
 * @throws HttpError
 */
export function parseHead(text: string): RequestHead {
  const lines = text.split("\r\n");
  const line = REQUEST_LINE.exec(lines[0] as string);
  if (!line) throw bad("malformed request line");
  const [, method = "", target = "", major, minor] = line;
  if (major !== "1" || (minor !== "0" && minor !== "1")) {
    throw new HttpError(505, "505 HTTP Version Not Supported: unsupported protocol version");
  }
  if (lines.length - 1 > HEADER_COUNT_LIMIT) throw new HttpError(431, "431 Too many request headers");
  const headers = new Map<string, string>();
  for (let i = 1; i < lines.length; i++) {
    const header = lines[i] as string;
    const colon = header.indexOf(":");
    const name = header.slice(0, colon).toLowerCase();
    if (colon < 1 || !TOKEN.test(name)) throw bad("invalid header name");
    const value = header.slice(colon + 1).replace(/^[ \t]+|[ \t]+$/g, "");
    if (FORBIDDEN_IN_VALUE.test(value)) throw bad("invalid header value");
    const before = headers.get(name);
    if (before !== undefined && name === "host") throw bad("too many Host headers");
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  if (minor === "1" && !headers.has("host")) throw bad("missing required Host header");
  return { method, ...parseTarget(target), minor: minor === "1" ? 1 : 0, headers };
}

/** Splits origin form (`/x?y`), absolute form (`http://host/x`) or `*` into path and query. */
function parseTarget(target: string): { path: string; query: string } {
  const origin = target.replace(/^https?:\/\/[^/?#]*/i, "") || "/";
  if (!origin.startsWith("/") && !origin.startsWith("?") && origin !== "*") throw bad("malformed target");
  const mark = origin.indexOf("?");
  const raw = mark < 0 ? origin : origin.slice(0, mark);
  try {
    return { path: decodeURIComponent(raw) || "/", query: mark < 0 ? "" : origin.slice(mark + 1) };
  } catch {
    throw bad("invalid URL escape in the path");
  }
}

/** How the end of a request's body is known. */
export type Framing = { kind: "none" } | { kind: "length"; length: number } | { kind: "chunked" };

/** RFC 9112 section 6. @throws HttpError */
export function bodyFraming(head: RequestHead): Framing {
  const coding = head.headers.get("transfer-encoding");
  if (coding !== undefined) {
    if (coding.toLowerCase() !== "chunked" || head.minor === 0) {
      throw new HttpError(501, "501 Not Implemented: unsupported transfer encoding");
    }
    return { kind: "chunked" };
  }
  const written = head.headers.get("content-length");
  if (written === undefined) return { kind: "none" };
  const lengths = new Set(written.split(",").map((part) => part.trim()));
  const [first = ""] = lengths;
  if (lengths.size !== 1 || !/^\d{1,15}$/.test(first)) throw bad("invalid Content-Length");
  return first === "0" ? { kind: "none" } : { kind: "length", length: Number(first) };
}

/** True when `name` lists `token` (RFC 9110 list syntax, any case). */
export function headerHas(head: RequestHead, name: string, token: string): boolean {
  const value = head.headers.get(name);
  return value?.split(",").some((part) => part.trim().toLowerCase() === token) ?? false;
}
