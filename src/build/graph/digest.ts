import { type Digest, digestOf } from "../../core/index.ts";
import type { Edge, Vertex, VertexOp } from "./vertex.ts";

/** JSON with sorted keys and without undefined members: one text for one value. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) => {
    if (member === null || typeof member !== "object" || Array.isArray(member)) return member;
    const entries = Object.entries(member).filter(([, value]) => value !== undefined);
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/** The part of an operation that decides what it makes. */
export function definitionOf(op: VertexOp): VertexOp {
  return op.type === "exec" ? { ...op, proxyEnv: [], limits: {} } : op;
}

/** A vertex over its inputs, with its digest. */
export function vertex(op: VertexOp, inputs: readonly Edge[] = []): Vertex {
  return { op, inputs, digest: definitionDigest(op, inputs) };
}

function definitionDigest(op: VertexOp, inputs: readonly Edge[]): Digest {
  return digestOf(
    canonicalJson({
      op: definitionOf(op),
      inputs: inputs.map(({ vertex, index }) => ({ digest: vertex.digest, index })),
    }),
  );
}
