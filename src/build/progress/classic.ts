import { shortId } from "../../core/index.ts";
import type { ProgressMessage } from "../../spec/index.ts";
import type { BuildPlan, PlannedStep } from "../frontend/index.ts";
import type { StepOutput } from "../solver/index.ts";

/** How a step ends in the stream. */
export interface StepEnd {
  readonly cached: boolean;
  /** The image after the step; null shows an empty arrow, undefined none. */
  readonly imageId: string | null | undefined;
}

/** Output of steps that have to wait for their turn is kept up to this size each. */
const KEPT_OUTPUT = 2 << 20;
const RED = "\u001b[91m";
const PLAIN = "\u001b[0m";

interface View {
  started: boolean;
  runId?: string;
  readonly waiting: string[];
  waitingSize: number;
  readonly decoders: Record<StepOutput["stream"], TextDecoder>;
}

/**
 * The stream of the classic builder, word for word. Steps run in any order but are shown in the Dockerfile's: the
 * first unfinished one live, the others when their turn comes.
 */
export class ClassicProgress {
  readonly #plan: BuildPlan;
  readonly #emit: (message: ProgressMessage) => void;
  readonly #end: (step: PlannedStep) => StepEnd | undefined;
  readonly #views = new Map<PlannedStep, View>();
  #current = 0;
  #headed = false;

  /** @param end how a step ended, or undefined while it has not; asked again after every `advance` */
  constructor(
    plan: BuildPlan,
    emit: (message: ProgressMessage) => void,
    end: (step: PlannedStep) => StepEnd | undefined,
  ) {
    this.#plan = plan;
    this.#emit = emit;
    this.#end = end;
    for (const warning of plan.warnings) this.#say(`[WARNING]: ${warning}\n`);
  }

  /** @param runId name of the container, for steps that run in one */
  started(step: PlannedStep, runId: string | undefined): void {
    const view = this.#view(step);
    view.started = true;
    if (runId !== undefined) {
      view.runId = runId;
      this.#write(step, view, ` ---> Running in ${shortId(runId)}\n`);
    }
    this.advance();
  }

  output(step: PlannedStep, { stream, data }: StepOutput): void {
    const view = this.#view(step);
    const text = view.decoders[stream].decode(data, { stream: true });
    if (text !== "") this.#write(step, view, stream === "stderr" ? RED + text + PLAIN : text);
  }

  /** Shows every step that has ended, up to the first that has not. */
  advance(): void {
    for (let step = this.#plan.steps[this.#current]; step; step = this.#plan.steps[this.#current]) {
      const end = this.#end(step);
      if (!this.#headed && (end || this.#views.get(step)?.started)) this.#head(step);
      if (!end) return;
      const runId = this.#views.get(step)?.runId;
      if (runId !== undefined) this.#say(` ---> Removed intermediate container ${shortId(runId)}\n`);
      if (end.cached) this.#say(" ---> Using cache\n");
      if (end.imageId !== undefined) this.#say(` ---> ${end.imageId === null ? "" : shortId(end.imageId)}\n`);
      this.#current++;
      this.#headed = false;
    }
  }

  /** Shows a step that failed, wherever it stands, with what it printed. */
  failed(step: PlannedStep): void {
    if (this.#plan.steps[this.#current] !== step || !this.#headed) this.#head(step);
  }

  #head(step: PlannedStep): void {
    if (step.number !== undefined) {
      this.#say(`Step ${step.number}/${this.#plan.total} : ${step.text}`);
      this.#say("\n");
    }
    if (step.triggers > 0) {
      this.#say(`# Executing ${step.triggers} build trigger${step.triggers === 1 ? "" : "s"}\n`);
    }
    if (this.#plan.steps[this.#current] === step) this.#headed = true;
    const view = this.#views.get(step);
    for (const text of view?.waiting.splice(0) ?? []) this.#say(text);
  }

  #write(step: PlannedStep, view: View, text: string): void {
    if (this.#headed && this.#plan.steps[this.#current] === step) {
      this.#say(text);
      return;
    }
    const before = view.waitingSize;
    view.waitingSize += text.length;
    if (view.waitingSize <= KEPT_OUTPUT) view.waiting.push(text);
    else if (before <= KEPT_OUTPUT) view.waiting.push("[output clipped, log limit 2MiB reached]\n");
  }

  #say(text: string): void {
    this.#emit({ stream: text });
  }

  #view(step: PlannedStep): View {
    const known = this.#views.get(step);
    if (known) return known;
    const decoders = { stdout: new TextDecoder(), stderr: new TextDecoder() };
    const made: View = { started: false, waiting: [], waitingSize: 0, decoders };
    this.#views.set(step, made);
    return made;
  }
}
