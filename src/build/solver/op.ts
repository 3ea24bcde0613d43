import type { Digest } from "../../core/index.ts";

/** One piece of what a step prints. */
export interface StepOutput {
  readonly stream: "stdout" | "stderr";
  readonly data: Uint8Array;
}

export interface RunEnvironment {
  /** Names this run; the same that observers are told. */
  readonly id: string;
  /** Aborted when nobody wants the result any more: the operation stops and leaves nothing behind. */
  readonly signal: AbortSignal;
  output(piece: StepOutput): void;
}

/** An input as the fast key may see it: its own key, and the result where that is at hand without work. */
export interface OpInput<Result> {
  readonly key: Digest;
  readonly result?: Result;
}

/**
 * An operation of the graph, which is all that the solver knows of it. `Result` is whatever operations hand to each
 * other.
 */
export interface Op<Result> {
  /**
   * A source that is at hand: `run` costs next to nothing, has no inputs, and is neither remembered nor counted.
   */
  readonly immediate?: boolean;
  /**
   * The key that can be had without running any input: the definition and the keys of the inputs, with the content of
   * those that are at hand in place of their keys.
   * @throws anything that makes the operation impossible; the build then fails before it begins
   */
  fastKey(inputs: readonly OpInput<Result>[]): Promise<Digest>;
  /**
   * The key by content of the finished inputs: the same inputs made in another way give the same key. Undefined where
   * it says no more than the fast key.
   */
  slowKey(inputs: readonly Result[]): Promise<Digest | undefined>;
  run(inputs: readonly Result[], environment: RunEnvironment): Promise<Result>;
}

/** Results remembered across builds. */
export interface ResultCache<Result> {
  /** Undefined for an unknown key, and for a result of which something is gone. */
  load(key: Digest): Result | undefined;
  save(keys: readonly Digest[], result: Result): void;
}
