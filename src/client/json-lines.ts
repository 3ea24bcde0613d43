import { ConnectionError } from "./errors.ts";

/** One object of a stream is never this long; a server that sends more is broken or hostile. */
const MAX_LINE = 64 * 1024 * 1024;

/** Objects of a stream of JSON texts, one a line (LF or CRLF). @throws ConnectionError when a line is not JSON */
export async function* jsonLines<T>(body: AsyncIterable<Uint8Array>): AsyncGenerator<T> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const bytes of body) {
    rest += decoder.decode(bytes, { stream: true });
    let start = 0;
    for (let end = rest.indexOf("\n"); end >= 0; end = rest.indexOf("\n", start)) {
      const line = rest.slice(start, end).trim();
      start = end + 1;
      if (line !== "") yield parse<T>(line);
    }
    rest = rest.slice(start);
    if (rest.length > MAX_LINE) throw new ConnectionError("endless line in the server's reply");
  }
  const last = (rest + decoder.decode()).trim();
  if (last !== "") yield parse<T>(last);
}

function parse<T>(line: string): T {
  try {
    return JSON.parse(line) as T;
  } catch (cause) {
    throw new ConnectionError(`the server's reply is not JSON: ${JSON.stringify(line.slice(0, 80))}`, {
      cause,
    });
  }
}
