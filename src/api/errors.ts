import { BerthError, type ErrorKind, messageOf } from "../core/index.ts";
import { HttpError } from "./http/http-error.ts";
import type { Reply } from "./http/reply.ts";

const STATUS: Record<ErrorKind, number> = {
  notFound: 404,
  conflict: 409,
  invalid: 400,
  unavailable: 503,
  denied: 403,
  unsupported: 501,
  internal: 500,
};

/** The one place where a kind of failure becomes an HTTP status. */
export function statusOf(error: unknown): number {
  return error instanceof BerthError ? STATUS[error.kind] : 500;
}

/**
 * Answers with an error. A reply that had already begun is cut, so that the client sees that it is not whole; a
 * hijacked stream has ended by itself.
 * @throws HttpError what HTTP itself refuses
 */
export function replyError(reply: Reply, error: unknown, plain: boolean): void {
  if (reply.hijacked) return;
  if (reply.sent) reply.abort();
  else if (error instanceof HttpError) throw error;
  else if (plain) reply.text(statusOf(error), `${messageOf(error)}\n`);
  else reply.json(statusOf(error), { message: messageOf(error) });
}
