import { type Digest, newId } from "../../core/index.ts";
import type { Op } from "../solver/index.ts";
import { keyOf } from "./keys.ts";
import type { Result } from "./result.ts";
import type { SourceTree } from "./tree/tree.ts";

/** The layers of an image that is stored. */
export function imageSource(layers: readonly Digest[]): Op<Result> {
  const result: Result = { kind: "layers", layers: layers.map((diffId) => ({ diffId })) };
  return atHand(keyOf("image", layers), result);
}

/** The client's files. Operations look at what they use of them; as a whole they are never the same twice. */
export function contextSource(tree: SourceTree): Op<Result> {
  return atHand(keyOf("context", newId()), { kind: "files", tree });
}

function atHand(key: Digest, result: Result): Op<Result> {
  return {
    immediate: true,
    fastKey: async () => key,
    slowKey: async () => undefined,
    run: async () => result,
  };
}
