import { describe, expect, test } from "bun:test";
import { type Digest, digestOf } from "../../core/index.ts";
import { type Vertex, vertex } from "../graph/index.ts";
import { type Op, type ResultCache, type SolveObserver, Solver, VertexError } from "./index.ts";

/** An operation on texts: its result is its name over its inputs, or what `make` says. */
interface Step {
  make?: (inputs: readonly string[], signal: AbortSignal) => Promise<string> | string;
  /** Content of the inputs decides, as for a copy. */
  byContent?: boolean;
  immediate?: boolean;
  /** Changes the key without changing the definition, as the client's files do. */
  content?: string;
  badKey?: string;
}

class World {
  readonly steps = new Map<Digest, Step>();
  readonly remembered = new Map<Digest, string>();
  readonly ran: string[] = [];
  readonly cache: ResultCache<string> = {
    load: (key) => this.remembered.get(key),
    save: (keys, result) => {
      for (const key of keys) this.remembered.set(key, result);
    },
  };
  readonly solver = new Solver(this.cache, { parallel: 4 });

  step(name: string, inputs: Vertex[] = [], step: Step = {}): Vertex {
    const made = vertex(
      { type: "source", identifier: name },
      inputs.map((input) => ({ vertex: input, index: 0 })),
    );
    this.steps.set(made.digest, step);
    return made;
  }

  op(of: Vertex): Op<string> {
    const step = this.steps.get(of.digest) as Step;
    const name = (of.op as { identifier: string }).identifier;
    return {
      ...(step.immediate && { immediate: true }),
      fastKey: async (inputs) => {
        if (step.badKey !== undefined) throw new Error(step.badKey);
        const seen = inputs.map(({ key, result }) => (result === undefined ? key : digestOf(result)));
        return digestOf(`${name} ${step.content ?? ""} ${seen}`);
      },
      slowKey: async (inputs) =>
        step.byContent ? digestOf(`slow ${name} ${inputs.map(digestOf)}`) : undefined,
      run: async (inputs, { signal, output }) => {
        if (!step.immediate) this.ran.push(name);
        output({ stream: "stdout", data: Buffer.from(`${name} prints`) });
        return step.make ? step.make(inputs, signal) : `${name}(${inputs})`;
      },
    };
  }

  /** Events of one build, as `name outcome`. */
  async build(target: Vertex, options: { useCache?: boolean; signal?: AbortSignal } = {}) {
    const events: string[] = [];
    const name = (of: Vertex) => (of.op as { identifier: string }).identifier;
    const observer: SolveObserver<string> = {
      started: (of) => events.push(`${name(of)} started`),
      output: (_of, { data }) => events.push(Buffer.from(data).toString()),
      finished: (of, outcome) => events.push(`${name(of)} ${outcome}`),
    };
    const result = await this.solver.solve({
      target,
      op: (of) => this.op(of),
      signal: options.signal ?? new AbortController().signal,
      useCache: options.useCache ?? true,
      observer,
    });
    return { result, events };
  }
}

const pause = () => new Promise<void>((resolve) => setTimeout(resolve, 2));

describe("Solver", () => {
  test("inputs come first; a second build finds everything", async () => {
    const world = new World();
    const base = world.step("base", [], { immediate: true });
    const a = world.step("a", [base]);
    const b = world.step("b", [a]);
    const first = await world.build(b);
    expect(first.result).toBe("b(a(base()))");
    expect(first.events).toEqual(["a started", "a prints", "a ran", "b started", "b prints", "b ran"]);
    const second = await world.build(b);
    expect(second.result).toBe(first.result);
    expect(second.events).toEqual(["a unneeded", "b cached"]);
    expect(world.ran).toEqual(["a", "b"]);
  });

  test("without the cache everything runs and is remembered anew", async () => {
    const world = new World();
    let count = 0;
    const a = world.step("a", [], { make: () => String(++count) });
    await world.build(a);
    expect((await world.build(a, { useCache: false })).result).toBe("2");
    expect((await world.build(a)).result).toBe("2");
  });

  test("what is at hand counts by its content, not by its definition", async () => {
    const world = new World();
    const files = world.step("files", [], { immediate: true, make: () => "same" });
    const other = world.step("other", [], { immediate: true, make: () => "same", content: "x" });
    await world.build(world.step("copy", [files]));
    const again = await world.build(world.step("copy", [other]));
    expect(again.events).toEqual(["copy cached"]);
  });

  test("an input made anew with the same content keeps what is behind it", async () => {
    const world = new World();
    const compile: Step = { make: () => "binary", content: "source 1" };
    const step = world.step("compile", [], compile);
    const copy = world.step("copy", [step], { byContent: true });
    const rest = world.step("rest", [copy]);
    await world.build(rest);
    compile.content = "source 2";
    const { events } = await world.build(rest);
    expect(events.filter((event) => !event.includes("print"))).toEqual([
      "compile started",
      "compile ran",
      "copy cached",
      "rest started",
      "rest ran",
    ]);
    expect((await world.build(rest)).events.at(-1)).toBe("rest cached");
  });

  test("a remembered result of which something is gone is made again, and so are its inputs", async () => {
    const world = new World();
    const a = world.step("a");
    const b = world.step("b", [a]);
    await world.build(b);
    world.remembered.clear();
    await world.build(b);
    expect(world.ran).toEqual(["a", "b", "a", "b"]);
  });

  test("what does not depend on each other runs side by side", async () => {
    const world = new World();
    let running = 0;
    let most = 0;
    const make = async () => {
      most = Math.max(most, ++running);
      await pause();
      running--;
      return "x";
    };
    const all = Array.from({ length: 6 }, (_, i) => world.step(`s${i}`, [], { make }));
    await world.build(world.step("end", all));
    expect(most).toBe(4);
  });

  test("a vertex used twice runs once", async () => {
    const world = new World();
    const shared = world.step("shared");
    const end = world.step("end", [world.step("l", [shared]), world.step("r", [shared])]);
    expect((await world.build(end)).result).toBe("end(l(shared()),r(shared()))");
    expect(world.ran.filter((name) => name === "shared").length).toBe(1);
  });

  test("two builds that need the same at the same time share the work and its output", async () => {
    const world = new World();
    const slow = world.step("slow", [], { make: () => pause().then(() => "done") });
    const [one, two] = await Promise.all([world.build(slow), world.build(slow)]);
    expect(world.ran).toEqual(["slow"]);
    expect(two).toEqual(one);
    expect(one.events).toEqual(["slow started", "slow prints", "slow ran"]);
  });

  test("a failure names its vertex, stops the rest and waits for it", async () => {
    const world = new World();
    let cleaned = false;
    const bad = world.step("bad", [], {
      make: () => {
        throw new Error("exit 3");
      },
    });
    const long = world.step("long", [], {
      make: async (_inputs, signal) => {
        while (!signal.aborted) await pause();
        await pause();
        cleaned = true;
        throw new Error("stopped");
      },
    });
    const failed = await world.build(world.step("end", [long, bad])).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(VertexError);
    expect((failed as VertexError).vertex).toBe(bad);
    expect((failed as VertexError).cause).toEqual(new Error("exit 3"));
    expect(cleaned).toBe(true);
    expect(world.ran).not.toContain("end");
  });

  test("what cannot be keyed fails before anything runs", async () => {
    const world = new World();
    const copy = world.step("copy", [world.step("a")], { badKey: "no such file" });
    await expect(world.build(world.step("b", [copy]))).rejects.toThrow(VertexError);
    expect(world.ran).toEqual([]);
  });

  test("an abort ends the work when nobody else waits for it", async () => {
    const world = new World();
    let aborted = 0;
    const slow = world.step("slow", [], {
      make: async (_inputs, signal) => {
        for (let i = 0; i < 10 && !signal.aborted; i++) await pause();
        if (signal.aborted) aborted++;
        if (signal.aborted) throw new Error("stopped");
        return "done";
      },
    });
    const leaving = new AbortController();
    const one = world.build(slow, { signal: leaving.signal });
    const two = world.build(slow);
    await pause();
    leaving.abort();
    const left = one.catch((error: unknown) => error);
    expect((await two).result).toBe("done");
    expect(await left).toBeInstanceOf(VertexError);
    expect(aborted).toBe(0);
    world.remembered.clear();
    const last = new AbortController();
    const three = world.build(slow, { signal: last.signal });
    await pause();
    last.abort();
    await expect(three).rejects.toThrow(VertexError);
    expect(aborted).toBe(1);
    const guest = new AbortController();
    let ended = false;
    const host = world.build(slow).finally(() => {
      ended = true;
    });
    const visit = world.build(slow, { signal: guest.signal });
    await pause();
    guest.abort();
    await expect(visit).rejects.toThrow(VertexError);
    expect(ended).toBe(false);
    expect((await host).result).toBe("done");
    world.remembered.clear();
    await expect(world.build(slow, { signal: last.signal })).rejects.toThrow("cancelled");
  });

  test("a failed piece of work can be tried again", async () => {
    const world = new World();
    let bad = true;
    const step = world.step("step", [], {
      make: () => {
        if (bad) throw new Error("once");
        return "fine";
      },
    });
    await expect(world.build(step)).rejects.toThrow(VertexError);
    bad = false;
    expect((await world.build(step)).result).toBe("fine");
  });

  test("graphs thousands deep", async () => {
    const world = new World();
    let top = world.step("0");
    for (let i = 1; i < 4000; i++) top = world.step(String(i), [top], { make: () => "x" });
    expect((await world.build(top)).result).toBe("x");
    expect(world.ran.length).toBe(4000);
  });
});
