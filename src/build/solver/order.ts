import type { Digest } from "../../core/index.ts";
import type { Vertex } from "../graph/index.ts";

/** Every vertex below `target`, each once and behind its inputs. Without recursion: graphs may be thousands deep. */
export function topologicalOrder(target: Vertex): Vertex[] {
  const order: Vertex[] = [];
  const done = new Set<Digest>();
  const stack: { vertex: Vertex; next: number }[] = [{ vertex: target, next: 0 }];
  for (let top = stack.at(-1); top; top = stack.at(-1)) {
    const edge = top.vertex.inputs[top.next++];
    if (edge) {
      if (!done.has(edge.vertex.digest)) stack.push({ vertex: edge.vertex, next: 0 });
      continue;
    }
    stack.pop();
    if (done.has(top.vertex.digest)) continue;
    done.add(top.vertex.digest);
    order.push(top.vertex);
  }
  return order;
}
