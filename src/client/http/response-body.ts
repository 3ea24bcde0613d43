import { type ByteSocket, concat } from "../byte-socket.ts";
import { ConnectionError } from "../errors.ts";
import type { ResponseHead } from "./response-head.ts";

const LF = 10;
const MAX_CHUNK_LINE = 16 * 1024;

/**
 * The body that belongs to a response head (RFC 9112, section 6.3), as it arrives. Returns whether the connection
 * can carry another request afterwards. @throws ConnectionError when it stops early.
 */
export async function* readBody(
  socket: ByteSocket,
  method: string,
  head: ResponseHead,
): AsyncGenerator<Uint8Array, boolean> {
  if (method === "HEAD" || head.status === 204 || head.status === 304) return head.keepAlive;
  if (/(?:^|,)\s*chunked\s*$/i.test(head.headers.get("transfer-encoding") ?? "")) {
    yield* readChunked(socket);
    return head.keepAlive;
  }
  const length = head.headers.get("content-length");
  if (length === undefined) {
    for (let bytes = await socket.read(); bytes; bytes = await socket.read()) yield bytes;
    return false;
  }
  if (!/^\d+$/.test(length)) throw new ConnectionError(`bad Content-Length in the server's reply: ${length}`);
  yield* readExactly(socket, Number(length));
  return head.keepAlive;
}

async function* readExactly(socket: ByteSocket, length: number): AsyncGenerator<Uint8Array> {
  let left = length;
  while (left > 0) {
    const bytes = await socket.read();
    if (bytes === undefined) throw truncated();
    if (bytes.length > left) socket.unread(bytes.subarray(left));
    const part = bytes.length > left ? bytes.subarray(0, left) : bytes;
    left -= part.length;
    yield part;
  }
}

async function* readChunked(socket: ByteSocket): AsyncGenerator<Uint8Array> {
  for (;;) {
    const line = await readLine(socket);
    const size = /^([0-9a-fA-F]{1,12})(?:[ \t]*;.*)?$/.exec(line);
    if (!size)
      throw new ConnectionError(`bad chunk in the server's reply: ${JSON.stringify(line.slice(0, 80))}`);
    const length = Number.parseInt(size[1] as string, 16);
    if (length === 0) break;
    yield* readExactly(socket, length);
    if ((await readLine(socket)) !== "") throw new ConnectionError("bad chunk end in the server's reply");
  }
  // Trailer fields, up to the empty line.
  while ((await readLine(socket)) !== "");
}

async function readLine(socket: ByteSocket): Promise<string> {
  const parts: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    const bytes = await socket.read();
    if (bytes === undefined) throw truncated();
    const end = bytes.indexOf(LF);
    parts.push(end < 0 ? bytes : bytes.subarray(0, end));
    length += bytes.length;
    if (end >= 0) {
      socket.unread(bytes.subarray(end + 1));
      return new TextDecoder("latin1").decode(concat(parts)).replace(/\r$/, "");
    }
    if (length > MAX_CHUNK_LINE) throw new ConnectionError("endless chunk line in the server's reply");
  }
}

function truncated(): ConnectionError {
  return new ConnectionError("the server closed the connection in the middle of its reply");
}
