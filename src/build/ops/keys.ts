import { type Digest, digestOf } from "../../core/index.ts";
import { canonicalJson } from "../graph/index.ts";
import type { OpInput } from "../solver/index.ts";
import type { Result } from "./result.ts";

/** Changes when operations make something else of the same definition, so that old results are not taken for new. */
const GENERATION = 1;

export function keyOf(...parts: readonly unknown[]): Digest {
  return digestOf(canonicalJson([GENERATION, ...parts]));
}

/** What a filesystem is, whatever made it: the digests of its layers. */
export function layersKey(result: Result): readonly string[] | undefined {
  return result.kind === "layers" ? result.layers.map(({ diffId }) => diffId) : undefined;
}

/** An input by its content where that is at hand, else by its key. */
export function inputKey({ key, result }: OpInput<Result>): unknown {
  return (result && layersKey(result)) ?? key;
}
