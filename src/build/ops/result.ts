import type { Digest } from "../../core/index.ts";
import type { SourceTree } from "./tree/tree.ts";

/** A layer that a step made or a base image brought. */
export interface Layer {
  readonly diffId: Digest;
  /** When the step that made it was first run, RFC 3339; absent for layers of images. */
  readonly created?: string;
}

/** What operations hand to each other: a filesystem of layers, or files to copy from. */
export type Result =
  | { readonly kind: "layers"; readonly layers: readonly Layer[] }
  | { readonly kind: "files"; readonly tree: SourceTree };

export const EMPTY: Result = { kind: "layers", layers: [] };

/**
 * Layers in the form that overlayfs takes: a layer that occurs twice counts at its upper place only, which shows the
 * same files (it repeats all that the lower one said).
 */
export function mountable(layers: readonly Layer[]): Digest[] {
  const ids = layers.map(({ diffId }) => diffId);
  return ids.filter((id, at) => ids.lastIndexOf(id) === at);
}
