import { type BerthError, isKind, messageOf, unavailable } from "../../core/index.ts";
import { TransportError } from "./http/transport-error.ts";
import type { Timing } from "./timing.ts";

/** The first pause, in ms; each further one is twice as long. */
const FIRST_PAUSE = 1000;
const LONGEST_PAUSE = 20_000;
/** A registry that wants us to wait longer is told as an error instead, in ms. */
export const LONGEST_WAIT = 120_000;

/** A failure that may pass. `outcome` is what the caller gets when it does not. */
export class PassingFailure extends Error {
  override readonly name = "PassingFailure";
  constructor(
    readonly outcome: BerthError,
    /** When to try again as the registry said, in ms. */
    readonly wait?: number,
    /** No more than so many further attempts, for failures that hardly pass. */
    readonly attempts?: number,
  ) {
    super(outcome.message, { cause: outcome });
  }
}

export interface Attempts {
  readonly signal: AbortSignal;
  readonly timing: Timing;
  /** Further attempts after the first. */
  readonly further: number;
  /** Whether the host has answered before: then a refused connection may pass, else it is a wrong name. */
  readonly reached: () => boolean;
}

/** Runs `attempt` until it succeeds, fails for good, or has failed too often. @throws BerthError, the signal's reason */
export async function withRetries<T>(attempt: () => Promise<T>, attempts: Attempts): Promise<T> {
  const pauses = new Pauses(attempts);
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      await pauses.after(error);
    }
  }
}

/** The pauses between the attempts of one operation. */
export class Pauses {
  #failures = 0;

  constructor(private readonly attempts: Attempts) {}

  /** Something was achieved: the next failure is the first one again. */
  progressed(): void {
    this.#failures = 0;
  }

  /** Waits for the next attempt. @throws BerthError when there is none, the signal's reason */
  async after(error: unknown): Promise<void> {
    const { signal, timing, further, reached } = this.attempts;
    signal.throwIfAborted();
    const failure = passing(error, reached());
    if (!failure) throw finalError(error);
    if (this.#failures >= Math.min(further, failure.attempts ?? further)) throw failure.outcome;
    if ((failure.wait ?? 0) > LONGEST_WAIT) throw failure.outcome;
    const pause = Math.min(FIRST_PAUSE * 2 ** this.#failures, LONGEST_PAUSE) * (0.5 + timing.random());
    this.#failures++;
    await timing.sleep(Math.max(pause, failure.wait ?? 0), signal);
  }
}

function passing(error: unknown, reached: boolean): PassingFailure | undefined {
  if (error instanceof PassingFailure) return error;
  if (!(error instanceof TransportError)) return undefined;
  const may = error.fault === "cut" || error.fault === "stalled" || (error.fault === "connect" && reached);
  return may ? new PassingFailure(finalError(error) as BerthError) : undefined;
}

/** The error the caller gets: one of the engine's kinds. */
export function finalError(error: unknown): unknown {
  if (error instanceof PassingFailure) return error.outcome;
  if (error instanceof TransportError) return unavailable(messageOf(error), error);
  return error;
}

export const isNotFound = (error: unknown) => isKind(finalError(error), "notFound");
