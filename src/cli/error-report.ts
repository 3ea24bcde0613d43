import { ApiError } from "../client/index.ts";
import { messageOf } from "../core/index.ts";
import type { Output } from "./command.ts";
import { OutputClosed } from "./output.ts";
import { UsageError } from "./usage-error.ts";

/** What people read of an error, with Docker's prefix for what the engine said. */
export function errorText(error: unknown): string {
  if (error instanceof ApiError) return `Error response from daemon: ${error.message}`;
  if (error instanceof TypeError || error instanceof ReferenceError || error instanceof RangeError) {
    return `berth: internal error: ${error.message}`;
  }
  return messageOf(error);
}

/** Writes an error for the user and returns the exit status that goes with it. */
export function reportError(error: unknown, err: Output): number {
  if (error instanceof OutputClosed) return error.status;
  try {
    err.write(`${errorText(error)}\n`);
  } catch (closed) {
    if (!(closed instanceof OutputClosed)) throw closed;
  }
  return error instanceof UsageError ? error.status : 1;
}
