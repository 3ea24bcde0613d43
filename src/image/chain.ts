import { type Digest, digestOf } from "../core/index.ts";

/**
 * The ids of a stack of layers, one for each height (OCI image specification, layer chain id): Docker names layers by
 * these when it tells that they are gone.
 */
export function chainIds(diffIds: readonly Digest[]): Digest[] {
  const chain: Digest[] = [];
  for (const diffId of diffIds) {
    const below = chain.at(-1);
    chain.push(below === undefined ? diffId : digestOf(`${below} ${diffId}`));
  }
  return chain;
}
