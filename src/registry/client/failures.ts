import * as v from "valibot";
import { type BerthError, denied, invalid, notFound, unavailable } from "../../core/index.ts";
import { parseRetryAfter } from "./headers/retry-after.ts";
import type { HttpResponse } from "./http/response.ts";
import { PassingFailure } from "./retry.ts";

/** An error reply longer than this is not read, in bytes. */
const MAX_ERROR_BODY = 64 * 1024;
const MAX_TEXT = 500;
/** Further attempts after a 429 that does not say when: most limits last for hours. */
const ATTEMPTS_WHEN_LIMITED = 2;

const text = v.nullish(v.string());
const errorBody = v.looseObject({
  errors: v.nullish(v.array(v.looseObject({ code: text, message: text }))),
  details: text,
  message: text,
  error: text,
  error_description: text,
});

/**
 * The error for a reply with a status nobody wanted, in Docker's words (`manifest unknown: manifest unknown`): the
 * codes of the OCI distribution specification, or whatever the server said. Consumes the reply.
 * @returns BerthError, or PassingFailure for 408, 429 and 5xx
 */
export async function failureOf(response: HttpResponse, now: number): Promise<Error> {
  const { status, url } = response;
  const said = await saidBy(response);
  const plain = `${url.host} answered ${status} to a request for ${url.pathname}`;
  if (status === 404) return notFound(said ?? plain);
  if (status === 401) return denied(said ?? "unauthorized: authentication required");
  if (status === 403) return denied(said ?? "denied: requested access to the resource is denied");
  const wait = parseRetryAfter(response.headers.get("retry-after"), now);
  if (status === 429) {
    const words = said?.toLowerCase().startsWith("toomanyrequests")
      ? said
      : `toomanyrequests: ${said ?? plain}`;
    return new PassingFailure(
      unavailable(words),
      wait,
      wait === undefined ? ATTEMPTS_WHEN_LIMITED : undefined,
    );
  }
  const whole = said === undefined ? plain : `${plain}: ${said}`;
  if (status === 408 || status >= 500) return new PassingFailure(unavailable(whole), wait);
  if (status >= 400) return invalid(said ?? plain);
  return invalid(`${plain}, which was not expected`);
}

/** What a reply says of an error, in one line; undefined where it says nothing. */
async function saidBy(response: HttpResponse): Promise<string | undefined> {
  const type = response.headers.get("content-type") ?? "";
  let bytes: Uint8Array;
  try {
    bytes = await response.bytes(MAX_ERROR_BODY, "error reply");
  } catch {
    response.close();
    return undefined;
  }
  const body = Buffer.from(bytes).toString().trim();
  if (/html/i.test(type) || /^<(!doctype|html)/i.test(body)) return htmlInstead(response);
  let parsed: v.InferOutput<typeof errorBody> | undefined;
  try {
    const result = v.safeParse(errorBody, JSON.parse(body));
    if (result.success) parsed = result.output;
  } catch {
    return printable(body);
  }
  const listed = (parsed?.errors ?? []).map(({ code, message }) =>
    [code?.toLowerCase().replaceAll("_", " "), message].filter(Boolean).join(": "),
  );
  if (listed.length > 0) return printable(listed.join(", "));
  const one = parsed?.details ?? parsed?.message ?? parsed?.error_description ?? parsed?.error;
  return one ? printable(one) : undefined;
}

/** The sentence for a web page where a registry's answer was expected: a login portal, a web server, a wrong name. */
export function htmlInstead(response: HttpResponse): string {
  return `${response.url.host} answered ${response.status} with a web page (HTML) instead of JSON: is it a registry?`;
}

/** One line without control characters, not too long; undefined when nothing is left. */
function printable(said: string): string | undefined {
  const line = said
    .replace(/[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]+/g, " ")
    .trim()
    .slice(0, MAX_TEXT);
  return line === "" ? undefined : line;
}

/** The same failure with other words; what may pass may still pass. */
export function reworded(error: Error, words: (said: BerthError) => BerthError): Error {
  if (!(error instanceof PassingFailure)) return words(error as BerthError);
  return new PassingFailure(words(error.outcome), error.wait, error.attempts);
}
