import { invalid, messageOf } from "../core/index.ts";
import { HttpError } from "./http/http-error.ts";
import type { Request } from "./http/request.ts";
import { jsonEnd } from "./json-end.ts";

/** The largest JSON body read; a container's whole configuration is a few kilobytes. */
export const JSON_LIMIT = 8 * 1024 * 1024;

/**
 * The JSON body of a request, under Docker's rules: its Content-Type must say JSON, nothing may follow the value.
 * Undefined when there is no body.
 * @throws invalid, HttpError
 */
export async function readJson(request: Request): Promise<unknown> {
  checkContentType(request);
  const text = await readText(request);
  return text === undefined ? undefined : parseJson(text);
}

/** @throws invalid in the words Docker's clients know */
export function parseJson(text: string): unknown {
  if (text.trim() === "") throw invalid("invalid JSON: got EOF while reading request body");
  try {
    return JSON.parse(text);
  } catch (error) {
    const end = jsonEnd(text);
    if (end === undefined) throw invalid("invalid JSON: unexpected EOF");
    if (end < text.length && isJson(text.slice(0, end))) throw invalid("unexpected content after JSON");
    throw invalid(`invalid JSON: ${messageOf(error).replace(/^JSON Parse error: /, "")}`);
  }
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

function checkContentType(request: Request): void {
  const written = request.head.headers.get("content-type");
  if (written === undefined && request.body.framing.kind === "none") return;
  if (!written) {
    throw invalid("malformed Content-Type header (): mime: no media type");
  }
  const type = (written.split(";")[0] as string).trim().toLowerCase();
  if (type !== "application/json") {
    throw invalid(`unsupported Content-Type header (${type}): must be 'application/json'`);
  }
}

/**
 * The body as text. A chunked body may stay open after its JSON, because the client goes on to use it as a stream's
 * input (exec without an upgrade): reading stops at the value's end, and the rest is left for the stream.
 */
async function readText(request: Request): Promise<string | undefined> {
  const { body } = request;
  if (body.framing.kind === "none") return undefined;
  const open = body.framing.kind === "chunked" && request.halfCloseExpected;
  const pieces: Buffer[] = [];
  let size = 0;
  for (let piece = await body.read(); piece; piece = await body.read()) {
    pieces.push(piece);
    size += piece.length;
    if (size > JSON_LIMIT) {
      throw new HttpError(413, `413 Content Too Large: a JSON body has at most ${JSON_LIMIT} bytes`);
    }
    if (!open) continue;
    // As latin1 one character is one byte, and nothing above ASCII ends a JSON value.
    const end = jsonEnd(Buffer.concat(pieces).toString("latin1"));
    if (end === undefined) continue;
    const whole = Buffer.concat(pieces);
    body.unread(whole.subarray(end));
    return whole.toString("utf8", 0, end);
  }
  return Buffer.concat(pieces).toString("utf8");
}
