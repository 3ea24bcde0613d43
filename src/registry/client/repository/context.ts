import { denied, isKind, messageOf } from "../../../core/index.ts";
import { failureOf, reworded } from "../failures.ts";
import type { HttpResponse } from "../http/response.ts";
import { withRetries } from "../retry.ts";
import type { Session, SessionRequest } from "../session.ts";
import type { Timing } from "../timing.ts";

/** Attempts after the first, as many as Docker makes for a layer. */
export const FURTHER_ATTEMPTS = 4;

/** What the operations of one repository share. */
export interface RepositoryContext {
  /** `library/debian` */
  readonly path: string;
  /** As people write it, for errors. */
  readonly name: string;
  /** Asked first for what is pulled. */
  readonly mirrors: readonly Session[];
  readonly registry: Session;
  readonly timing: Timing;
  readonly log: (message: string) => void;
}

type Request = Omit<SessionRequest, "scopes"> & { readonly scopes?: readonly string[] };

export const pullScope = (path: string) => `repository:${path}:pull`;
export const pushScope = (path: string) => `repository:${path}:pull,push`;

/**
 * Runs a reading operation against the mirrors in turn, once each, and then, with repetitions, against the registry.
 * @throws BerthError of the registry
 */
export async function reading<T>(
  context: RepositoryContext,
  signal: AbortSignal,
  operation: (session: Session) => Promise<T>,
): Promise<T> {
  for (const mirror of context.mirrors) {
    try {
      return await operation(mirror);
    } catch (error) {
      signal.throwIfAborted();
      context.log(`mirror ${mirror.endpoint.host} for ${context.name}: ${messageOf(error)}`);
    }
  }
  return repeated(context, context.registry, signal, () => operation(context.registry));
}

export function repeated<T>(
  { timing }: RepositoryContext,
  session: Session,
  signal: AbortSignal,
  attempt: () => Promise<T>,
): Promise<T> {
  const reached = () => session.endpoint.reached;
  return withRetries(attempt, { signal, timing, further: FURTHER_ATTEMPTS, reached });
}

/** Sends a request with the right to pull; a status that is not among `wanted` is an error in Docker's words. */
export async function pull(
  { path, name, timing }: RepositoryContext,
  session: Session,
  request: Request,
  ...wanted: number[]
): Promise<HttpResponse> {
  const response = await session.send({ scopes: [pullScope(path)], ...request });
  if (wanted.includes(response.status)) return response;
  throw reworded(await failureOf(response, timing.now()), (said) => {
    // A registry does not tell what is not there from what we may not see.
    if (!isKind(said, "denied")) return said;
    return denied(
      `pull access denied for ${name}, repository does not exist or may require 'docker login': ${said.message}`,
      said,
    );
  });
}

/** The same with the right to push. */
export async function push(
  { path, timing }: RepositoryContext,
  session: Session,
  request: Request,
  ...wanted: number[]
): Promise<HttpResponse> {
  const response = await session.send({ scopes: [pushScope(path)], ...request });
  if (wanted.includes(response.status)) return response;
  throw await failureOf(response, timing.now());
}
