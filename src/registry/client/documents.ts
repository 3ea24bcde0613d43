import * as v from "valibot";
import { invalid } from "../../core/index.ts";
import { htmlInstead } from "./failures.ts";
import type { HttpResponse } from "./http/response.ts";

/**
 * A JSON reply that has the shape of `schema`. Consumes the reply. @param limit bytes
 * @param what for errors, e.g. `the list of tags`
 * @throws invalid when it is something else, a web page above all, or larger
 */
export async function jsonOf<T>(
  response: HttpResponse,
  schema: v.GenericSchema<unknown, T>,
  limit: number,
  what: string,
): Promise<T> {
  const bytes = await response.bytes(limit, `${what} of ${response.url.host}`);
  return parseDocument(bytes, schema, response, what);
}

/** The same for bytes that are read already. @throws invalid */
export function parseDocument<T>(
  bytes: Uint8Array,
  schema: v.GenericSchema<unknown, T>,
  response: HttpResponse,
  what: string,
): T {
  const where = `${what} of ${response.url.host}`;
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString());
  } catch {
    const html = /html/i.test(response.headers.get("content-type") ?? "") || bytes[0] === "<".charCodeAt(0);
    throw invalid(html ? htmlInstead(response) : `${where} is not JSON`);
  }
  const result = v.safeParse(schema, value, { abortEarly: true });
  if (result.success) return result.output;
  const [issue] = result.issues;
  const field = v.getDotPath(issue);
  throw invalid(`${where} is not as expected${field ? ` at ${field}` : ""}: ${issue.message.slice(0, 200)}`);
}
