import { type Digest, internal, isDigest } from "../../core/index.ts";
import type { SourceOp, Vertex } from "../graph/index.ts";
import type { Op } from "../solver/index.ts";
import { ExecStep } from "./exec.ts";
import { FileStep } from "./file.ts";
import type { Result } from "./result.ts";
import type { Rooms } from "./rooms.ts";
import { contextSource, imageSource } from "./sources.ts";
import type { SourceTree } from "./tree/tree.ts";

export { Context } from "./context.ts";
export { recoverBuilds } from "./recover.ts";
export type { Layer, Result } from "./result.ts";
export type { Rooms } from "./rooms.ts";

/** The id of the image that a source names. */
export function sourceImage({ identifier }: SourceOp): Digest {
  const id = identifier.slice(identifier.lastIndexOf("@") + 1);
  if (!identifier.startsWith("docker-image://") || !isDigest(id))
    throw internal(`unknown source ${identifier}`);
  return id;
}

/** The operations of one build, by vertex. */
export function operations(
  rooms: Rooms,
  context: SourceTree,
  layersOf: (imageId: Digest) => readonly Digest[],
): (vertex: Vertex) => Op<Result> {
  const local = contextSource(context);
  return ({ op, inputs }) => {
    if (op.type === "exec") return new ExecStep(op, rooms);
    if (op.type === "file") return new FileStep(op, inputs.length, rooms);
    if (op.identifier === "local://context") return local;
    return imageSource(layersOf(sourceImage(op)));
  };
}
