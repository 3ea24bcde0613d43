import { concat } from "../bytes.ts";
import type { ReplySource } from "./reply-source.ts";
import { HTTP_TOKEN } from "./request-head.ts";

/** A head longer than this is no answer of a server worth listening to, in bytes. */
const MAX_HEAD = 256 * 1024;

/** Replies of status 1xx before the final one. */
const MAX_INTERIM = 100;

export interface ResponseHead {
  readonly status: number;
  readonly reason: string;
  /** Names in lower case; repeated fields are joined with ", ". */
  readonly headers: ReadonlyMap<string, string>;
  /** HTTP/1.0 closes after the reply unless it says otherwise. */
  readonly keepAlive: boolean;
}

/**
 * Reads the head of the next final response; interim ones (1xx except 101) are skipped. What follows the head stays
 * in the source. Undefined when the server closed the connection before the first byte.
 * @throws `source.broken` when what arrives is not HTTP/1.x, or stops in the middle.
 */
export async function readResponseHead(source: ReplySource): Promise<ResponseHead | undefined> {
  for (let interim = 0; interim <= MAX_INTERIM; interim++) {
    const text = await readHeadText(source);
    if (text === undefined) return undefined;
    const head = parseHead(text, source);
    if (head.status >= 200 || head.status === 101) return head;
  }
  throw source.broken("the server promises a reply without end");
}

async function readHeadText(source: ReplySource): Promise<string | undefined> {
  let seen: Uint8Array = new Uint8Array(0);
  for (;;) {
    const chunk = await source.read();
    if (chunk === undefined) {
      if (seen.length === 0) return undefined;
      throw source.broken("the server closed the connection in the middle of its reply", true);
    }
    const searchFrom = Math.max(0, seen.length - 3);
    seen = seen.length === 0 ? chunk : concat([seen, chunk]);
    const end = indexOfBlankLine(seen, searchFrom);
    if (end >= 0) {
      source.unread(seen.subarray(end + 4));
      return new TextDecoder("latin1").decode(seen.subarray(0, end));
    }
    if (seen.length > MAX_HEAD) throw source.broken("the server's reply is not HTTP: endless head");
  }
}

function indexOfBlankLine(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(13, from); at >= 0; at = bytes.indexOf(13, at + 1)) {
    if (bytes[at + 1] === 10 && bytes[at + 2] === 13 && bytes[at + 3] === 10) return at;
  }
  return -1;
}

function parseHead(text: string, source: ReplySource): ResponseHead {
  const [first = "", ...lines] = text.split("\r\n");
  const status = /^HTTP\/1\.([01]) (\d{3})(?: (.*))?$/.exec(first);
  if (!status) throw source.broken(`the server's reply is not HTTP: ${JSON.stringify(first.slice(0, 80))}`);
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(":");
    if (colon <= 0 || !HTTP_TOKEN.test(line.slice(0, colon))) {
      throw source.broken(`bad header line in the server's reply: ${JSON.stringify(line.slice(0, 80))}`);
    }
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  const connection = (headers.get("connection") ?? "").toLowerCase();
  const keepAlive = status[1] === "1" ? !connection.includes("close") : connection.includes("keep-alive");
  return { status: Number(status[2]), reason: status[3] ?? "", headers, keepAlive };
}
