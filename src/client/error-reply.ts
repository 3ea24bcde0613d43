import { concat, type ResponseHead } from "../core/index.ts";
import { ApiError } from "./errors.ts";

/** An error reply longer than this is cut. */
const MAX_ERROR_BODY = 1 << 20;

/** What an error reply says: Docker's `{"message": ...}`, or the text as it is. */
export async function errorOf(
  head: ResponseHead,
  body: AsyncIterable<Uint8Array>,
  path: string,
): Promise<ApiError> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const bytes of body) {
    chunks.push(bytes);
    size += bytes.length;
    if (size > MAX_ERROR_BODY) break;
  }
  const text = new TextDecoder().decode(concat(chunks)).trim();
  return new ApiError(head.status, messageIn(text) ?? `${head.status} ${head.reason} for ${path}`);
}

function messageIn(text: string): string | undefined {
  try {
    const message = (JSON.parse(text) as { message?: unknown } | null)?.message;
    if (typeof message === "string" && message !== "") return message.trim();
  } catch {
    // Not JSON: a proxy's page, or a server older than API 1.24.
  }
  return text === "" ? undefined : text;
}
