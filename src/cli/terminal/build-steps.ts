/** How a build's step went. */
export type StepState = "running" | "done" | "cached" | "failed";

export interface BuildStep {
  readonly number: number;
  readonly total: number;
  /** The instruction as written. */
  readonly text: string;
  state: StepState;
  /** Milliseconds, by the clock that was given. */
  readonly startedAt: number;
  endedAt: number | undefined;
  /** What its commands printed, line by line. */
  readonly output: string[];
}

const STEP = /^Step (\d+)\/(\d+) : (.*)$/s;
const CACHED = /^ ?---> Using cache$/;
/** The builder's own remarks on a step, which are no output of its commands. */
const REMARK =
  /^ ?---> (?:Running in [0-9a-f]+|Removed intermediate container [0-9a-f]+|(?:sha256:)?[0-9a-f]{6,64})$|^Removing intermediate container [0-9a-f]+$/;
const RESULT = /^Successfully (?:built|tagged) /;

/** Follows a build by the lines that every builder of this kind prints, and sorts them to their steps. */
export class BuildSteps {
  readonly steps: BuildStep[] = [];
  /** Lines after the last step: what was built and how it is named. */
  readonly results: string[] = [];
  /** Lines before the first step. */
  readonly preface: string[] = [];
  #rest = "";

  constructor(private readonly now: () => number) {}

  get current(): BuildStep | undefined {
    return this.steps.at(-1);
  }

  /** Takes the next piece of the stream; lines may be cut anywhere. */
  push(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) this.#line(line.replace(/\r$/, ""));
  }

  /** The build has ended: by an error, or whole. */
  finish(outcome: "done" | "failed"): void {
    if (this.#rest !== "") this.#line(this.#rest);
    this.#rest = "";
    this.#end(outcome);
  }

  #line(line: string): void {
    const step = STEP.exec(line);
    if (step) {
      this.#end("done");
      this.steps.push({
        number: Number(step[1]),
        total: Number(step[2]),
        text: step[3] ?? "",
        state: "running",
        startedAt: this.now(),
        endedAt: undefined,
        output: [],
      });
    } else if (RESULT.test(line)) {
      this.#end("done");
      this.results.push(line);
    } else this.#detail(line);
  }

  #detail(line: string): void {
    const step = this.current;
    if (!step) this.preface.push(line);
    else if (CACHED.test(line)) step.state = "cached";
    // What a command wrote in colour on standard error is followed by a reset at the head of the next line.
    else if (!REMARK.test(line.replace(/^\x1b\[0m/, ""))) step.output.push(line);
  }

  #end(outcome: "done" | "failed"): void {
    const step = this.current;
    if (!step || step.endedAt !== undefined) return;
    step.endedAt = this.now();
    if (outcome === "failed") step.state = "failed";
    else if (step.state === "running") step.state = "done";
  }
}
