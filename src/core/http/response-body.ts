import { concat } from "../bytes.ts";
import type { ReplySource } from "./reply-source.ts";
import type { ResponseHead } from "./response-head.ts";

const LF = 10;
const MAX_CHUNK_LINE = 16 * 1024;
/** Bytes of all trailer fields together. */
const MAX_TRAILER = 64 * 1024;
const TRUNCATED = "the server closed the connection in the middle of its reply";

/**
 * The body that belongs to a response head (RFC 9112, section 6.3), as it arrives. Returns whether the connection
 * can carry another request afterwards. @throws `source.broken` when it stops early.
 */
export async function* readBody(
  source: ReplySource,
  method: string,
  head: ResponseHead,
): AsyncGenerator<Uint8Array, boolean> {
  if (method === "HEAD" || head.status === 204 || head.status === 304) return head.keepAlive;
  if (/(?:^|,)\s*chunked\s*$/i.test(head.headers.get("transfer-encoding") ?? "")) {
    yield* readChunked(source);
    return head.keepAlive;
  }
  const length = head.headers.get("content-length");
  if (length === undefined) {
    for (let bytes = await source.read(); bytes; bytes = await source.read()) yield bytes;
    return false;
  }
  if (!/^\d+$/.test(length)) throw source.broken(`bad Content-Length in the server's reply: ${length}`);
  yield* readExactly(source, Number(length));
  return head.keepAlive;
}

async function* readExactly(source: ReplySource, length: number): AsyncGenerator<Uint8Array> {
  let left = length;
  while (left > 0) {
    const bytes = await source.read();
    if (bytes === undefined) throw source.broken(TRUNCATED, true);
    if (bytes.length > left) source.unread(bytes.subarray(left));
    const part = bytes.length > left ? bytes.subarray(0, left) : bytes;
    left -= part.length;
    yield part;
  }
}

async function* readChunked(source: ReplySource): AsyncGenerator<Uint8Array> {
  for (;;) {
    const line = await readLine(source);
    const size = /^([0-9a-fA-F]{1,12})(?:[ \t]*;.*)?$/.exec(line);
    if (!size) throw source.broken(`bad chunk in the server's reply: ${JSON.stringify(line.slice(0, 80))}`);
    const length = Number.parseInt(size[1] as string, 16);
    if (length === 0) break;
    yield* readExactly(source, length);
    if ((await readLine(source)) !== "") throw source.broken("bad chunk end in the server's reply");
  }
  // Trailer fields, up to the empty line.
  let trailer = 0;
  for (let line = await readLine(source); line !== ""; line = await readLine(source)) {
    trailer += line.length;
    if (trailer > MAX_TRAILER) throw source.broken("endless trailer in the server's reply");
  }
}

async function readLine(source: ReplySource): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const bytes = await source.read();
    if (bytes === undefined) throw source.broken(TRUNCATED, true);
    const end = bytes.indexOf(LF);
    parts.push(end < 0 ? bytes : bytes.subarray(0, end));
    length += bytes.length;
    if (end >= 0) {
      source.unread(bytes.subarray(end + 1));
      return new TextDecoder("latin1").decode(concat(parts)).replace(/\r$/, "");
    }
    if (length > MAX_CHUNK_LINE) throw source.broken("endless chunk line in the server's reply");
  }
}
