import { BerthError, type ErrorKind, messageOf } from "../../core/index.ts";

/** Lines of a Dockerfile, counted from 1, both ends included. */
export interface SourceRange {
  readonly start: number;
  readonly end: number;
}

/** Something wrong at a known place of a Dockerfile; the message names the place. */
export class DockerfileError extends BerthError {
  constructor(
    kind: ErrorKind,
    message: string,
    readonly range: SourceRange,
    cause?: unknown,
  ) {
    super(kind, message, cause === undefined ? undefined : { cause });
  }
}

/** A mistake in the language itself, in Docker's words. Scripts match on "dockerfile parse error on line". */
export function parseError(line: number, message: string): DockerfileError {
  return new DockerfileError("invalid", `dockerfile parse error on line ${line}: ${message}`, {
    start: line,
    end: line,
  });
}

/** Anything else that is wrong at a place in a Dockerfile, as `Dockerfile:3: ...`. */
export function placeError(
  file: string,
  range: SourceRange,
  message: string,
  kind: ErrorKind = "invalid",
  cause?: unknown,
): DockerfileError {
  return new DockerfileError(kind, `${file}:${range.start}: ${message}`, range, cause);
}

/** Runs `work`; an error of ours that it throws gets the place, unless it has one already. */
export function atPlace<Result>(file: string, range: SourceRange, work: () => Result): Result {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof BerthError) || error instanceof DockerfileError) throw error;
    throw placeError(file, range, messageOf(error), error.kind, error);
  }
}
