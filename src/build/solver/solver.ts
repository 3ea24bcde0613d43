import { type Digest, newId, Semaphore } from "../../core/index.ts";
import type { Vertex } from "../graph/index.ts";
import { type FlightListener, Flights, type FlightWork, interrupted } from "./flights.ts";
import type { Op, ResultCache, StepOutput } from "./op.ts";
import { topologicalOrder } from "./order.ts";

/**
 * How a vertex came to its result. `unneeded`: what uses it was cached, so nobody asked; its result is told where it
 * is remembered too.
 */
export type Outcome = "cached" | "ran" | "unneeded";

/** What a caller hears of its vertices, sources left out. */
export interface SolveObserver<Result> {
  started(vertex: Vertex, id: string): void;
  output(vertex: Vertex, piece: StepOutput): void;
  finished(vertex: Vertex, outcome: Outcome, result: Result | undefined): void;
}

export interface SolveRequest<Result> {
  readonly target: Vertex;
  readonly op: (vertex: Vertex) => Op<Result>;
  readonly signal: AbortSignal;
  /** False: every vertex is run (and remembered again). */
  readonly useCache: boolean;
  readonly observer: SolveObserver<Result>;
}

/** A vertex that could not be carried out; `cause` says why. */
export class VertexError extends Error {
  constructor(
    readonly vertex: Vertex,
    override readonly cause: unknown,
  ) {
    super("a step of the build failed");
  }
}

/**
 * Carries out graphs. It knows operations only by `Op`. Work that several requests need at once is done once, also
 * across builds; vertices that do not depend on each other run side by side; nothing runs whose result, or the result
 * of everything that uses it, is remembered.
 */
export class Solver<Result> {
  readonly #cache: ResultCache<Result>;
  readonly #flights = new Flights<{ result: Result; outcome: Outcome }>();
  readonly #slots: Semaphore;

  constructor(cache: ResultCache<Result>, options: { parallel: number }) {
    this.#cache = cache;
    this.#slots = new Semaphore(options.parallel);
  }

  /**
   * The result of the target.
   * @throws VertexError for the first vertex that failed, when everything else has stopped and cleaned up
   */
  async solve(request: SolveRequest<Result>): Promise<Result> {
    const plan = await this.#plan(request);
    const stop = new AbortController();
    const signal = AbortSignal.any([request.signal, stop.signal]);
    const work = new Map<Digest, Promise<Result>>();
    let failure: unknown;
    for (const step of plan) {
      const { digest } = step.vertex;
      const running = this.#work(step, request, signal, work);
      running.catch((error: unknown) => {
        failure ??= error;
        stop.abort();
      });
      work.set(digest, running);
    }
    await Promise.allSettled(work.values());
    if (failure !== undefined) throw failure;
    return (await work.get(request.target.digest)) as Result;
  }

  /** Keys of every vertex, then, from the target down, what is remembered and what has to be done. */
  async #plan(request: SolveRequest<Result>): Promise<PlannedVertex<Result>[]> {
    const order = topologicalOrder(request.target);
    const planned = new Map<Digest, PlannedVertex<Result>>();
    for (const vertex of order) {
      if (request.signal.aborted) throw interrupted();
      planned.set(vertex.digest, await this.#key(vertex, request, planned));
    }
    planned.get(request.target.digest)?.demand();
    for (const vertex of order.toReversed()) {
      const step = planned.get(vertex.digest) as PlannedVertex<Result>;
      if (!step.demanded || step.result) continue;
      const remembered = request.useCache ? this.#cache.load(step.key) : undefined;
      if (remembered) step.remembered(remembered);
      else for (const input of vertex.inputs) planned.get(input.vertex.digest)?.demand();
    }
    return order.map(({ digest }) => planned.get(digest) as PlannedVertex<Result>);
  }

  async #key(
    vertex: Vertex,
    request: SolveRequest<Result>,
    planned: ReadonlyMap<Digest, PlannedVertex<Result>>,
  ): Promise<PlannedVertex<Result>> {
    const op = request.op(vertex);
    const inputs = vertex.inputs.map(
      ({ vertex: { digest } }) => planned.get(digest) as PlannedVertex<Result>,
    );
    try {
      const key = await op.fastKey(
        inputs.map((input) => ({ key: input.key, ...(input.result && { result: input.result }) })),
      );
      const result = op.immediate
        ? await op.run([], { id: newId(), signal: request.signal, output: () => {} })
        : undefined;
      return new PlannedVertex(vertex, op, key, result);
    } catch (error) {
      throw new VertexError(vertex, error);
    }
  }

  async #work(
    step: PlannedVertex<Result>,
    request: SolveRequest<Result>,
    signal: AbortSignal,
    work: ReadonlyMap<Digest, Promise<Result>>,
  ): Promise<Result> {
    const { vertex, op } = step;
    if (op.immediate && step.result) return step.result;
    if (!step.demanded || step.result) {
      const result = step.result ?? this.#cache.load(step.key);
      request.observer.finished(vertex, step.demanded ? "cached" : "unneeded", result);
      // Nobody asks for the result of an unneeded vertex.
      return result as Result;
    }
    const inputs = await Promise.all(
      vertex.inputs.map(({ vertex: { digest } }) => work.get(digest) as Promise<Result>),
    );
    const listener: FlightListener = {
      begun: (id) => request.observer.started(vertex, id),
      output: (piece) => request.observer.output(vertex, piece),
    };
    const run = this.#runner(step, inputs, request.useCache);
    try {
      const { result, outcome } = request.useCache
        ? await this.#flights.join(step.key, signal, listener, run)
        : await run({ signal, ...listener });
      request.observer.finished(vertex, outcome, result);
      return result;
    } catch (error) {
      throw new VertexError(vertex, error);
    }
  }

  /** The work of one vertex: looks its content up, else runs it and remembers the result under both keys. */
  #runner(
    { op, key }: PlannedVertex<Result>,
    inputs: readonly Result[],
    useCache: boolean,
  ): FlightWork<{ result: Result; outcome: Outcome }> {
    return async ({ signal, begun, output }) => {
      const slow = await op.slowKey(inputs);
      const known = useCache && slow !== undefined ? this.#cache.load(slow) : undefined;
      if (known !== undefined) {
        this.#cache.save([key], known);
        return { result: known, outcome: "cached" };
      }
      const result = await this.#slots.run(async () => {
        if (signal.aborted) throw interrupted();
        const id = newId();
        begun(id);
        return op.run(inputs, { id, signal, output });
      });
      this.#cache.save(slow === undefined ? [key] : [key, slow], result);
      return { result, outcome: "ran" };
    };
  }
}

class PlannedVertex<Result> {
  demanded = false;

  constructor(
    readonly vertex: Vertex,
    readonly op: Op<Result>,
    readonly key: Digest,
    public result: Result | undefined,
  ) {}

  demand(): void {
    this.demanded = true;
  }

  remembered(result: Result): void {
    this.result = result;
  }
}
