import { type Digest, digestOf } from "../../core/index.ts";
import type { ProgressMessage } from "../../spec/index.ts";
import type { HistoryDates } from "../export/dates.ts";
import { imageConfig } from "../export/image-config.ts";
import type { BuildPlan, PlannedImage, PlannedStep } from "../frontend/index.ts";
import type { Vertex } from "../graph/index.ts";
import type { Layer, Result } from "../ops/index.ts";
import type { Outcome, SolveObserver, StepOutput } from "../solver/index.ts";
import { ClassicProgress, type StepEnd } from "./classic.ts";

/** Brings what happens to vertices into the words of the Dockerfile's steps. */
export class PlanProgress implements SolveObserver<Result> {
  readonly #plan: BuildPlan;
  readonly #dates: HistoryDates;
  readonly #baseLayers: (vertex: Vertex) => readonly Layer[];
  readonly #stream: ClassicProgress;
  /** Several steps may be the same vertex; the first shows what it prints. */
  readonly #steps = new Map<Digest, PlannedStep>();
  readonly #outcomes = new Map<Digest, Outcome>();
  readonly #layers = new Map<Digest, readonly Layer[]>();
  #committed: Digest | undefined;

  constructor(
    plan: BuildPlan,
    emit: (message: ProgressMessage) => void,
    dates: HistoryDates,
    baseLayers: (vertex: Vertex) => readonly Layer[],
  ) {
    this.#plan = plan;
    this.#dates = dates;
    this.#baseLayers = baseLayers;
    this.#stream = new ClassicProgress(plan, emit, (step) => this.#end(step));
    for (const step of plan.steps) {
      const root = step.kind === "layer" ? step.image?.root : undefined;
      if (root && !this.#steps.has(root.digest)) this.#steps.set(root.digest, step);
    }
  }

  started(vertex: Vertex, id: string): void {
    const step = this.#steps.get(vertex.digest);
    if (step) this.#stream.started(step, vertex.op.type === "exec" ? id : undefined);
  }

  output(vertex: Vertex, piece: StepOutput): void {
    const step = this.#steps.get(vertex.digest);
    if (step) this.#stream.output(step, piece);
  }

  finished(vertex: Vertex, outcome: Outcome, result: Result | undefined): void {
    this.#outcomes.set(vertex.digest, outcome);
    if (result?.kind === "layers") this.#layers.set(vertex.digest, result.layers);
    if (outcome === "ran") this.#stream.advance();
    // What was found is told all at once; the steps before it may be known only by what comes behind.
    else queueMicrotask(() => this.#stream.advance());
  }

  /** Shows the step that failed, and returns it. */
  failed(vertex: Vertex): PlannedStep | undefined {
    const step = this.#steps.get(vertex.digest);
    if (step) this.#stream.failed(step);
    return step;
  }

  /** The image is stored: its last step can be shown. */
  committed(id: Digest): void {
    this.#committed = id;
    this.#stream.advance();
  }

  #end(step: PlannedStep): StepEnd | undefined {
    if (!step.image || step.triggers > 0) return { cached: false, imageId: undefined };
    if (step === this.#plan.steps.at(-1) && this.#committed === undefined) return undefined;
    if (step.kind === "from" && step.base !== "stage") return { cached: false, imageId: step.base ?? null };
    const { root } = step.image;
    const outcome = root && this.#outcomes.get(root.digest);
    const layers = this.#layersOf(step.image);
    if (!layers && outcome === undefined) return undefined;
    const cached =
      step.kind === "layer" ? outcome !== "ran" : step.kind === "config" && this.#known(step.image, layers);
    return { cached, imageId: this.#idOf(step, layers) };
  }

  #idOf(step: PlannedStep, layers: readonly Layer[] | undefined): Digest | undefined {
    if (step === this.#plan.steps.at(-1)) return this.#committed;
    if (!layers || !step.image) return undefined;
    const dates = this.#dates.of(step.image.history, layers);
    return digestOf(JSON.stringify(imageConfig(step.image, layers, dates)));
  }

  /** True when the image's last entry was there before this build. */
  #known(image: PlannedImage, layers: readonly Layer[] | undefined): boolean {
    return layers !== undefined && this.#dates.of(image.history, layers).at(-1)?.known === true;
  }

  /** The layers of an image: of its own vertex, or the lower part of those of one built on it. */
  #layersOf(image: PlannedImage): readonly Layer[] | undefined {
    const { root, history } = image;
    if (!root) return [];
    if (root.op.type === "source") return this.#baseLayers(root);
    const own = this.#layers.get(root.digest);
    const last = history.at(-1);
    if (own || !last) return own;
    for (const { image: other } of this.#plan.steps) {
      const layers = other?.root && this.#layers.get(other.root.digest);
      const at = other?.history.indexOf(last) ?? -1;
      if (!layers || at < 0) continue;
      const above =
        other?.history.slice(at + 1).filter((entry) => "layer" in entry && entry.layer).length ?? 0;
      return layers.slice(0, layers.length - above);
    }
    return undefined;
  }
}
