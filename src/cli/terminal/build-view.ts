import type { Output } from "../command.ts";
import { type BuildStep, BuildSteps } from "./build-steps.ts";
import { LiveRegion, terminalRows } from "./live-region.ts";
import { type Paint, painter } from "./paint.ts";

/** Lines of a running step's output that are shown. */
const TAIL = 6;
/** Milliseconds between drawings while nothing but the clock changes. */
const INTERVAL = 100;
const SPINNER = ["⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"];
const ASCII_SPINNER = ["|", "/", "-", "\\"];
const WIDEST = 100;

/**
 * A build on a terminal: a line for each step with its state and time, below the running one the last lines of what it
 * prints. Steps that are done keep their line; the one that failed keeps its whole output.
 */
export class BuildView {
  readonly #steps: BuildSteps;
  readonly #region: LiveRegion;
  readonly #paint: Paint;
  readonly #unicode: boolean;
  readonly #startedAt: number;
  readonly #timer: NodeJS.Timeout;
  #status = "";
  #frame = 0;

  constructor(
    private readonly out: Output,
    env: Readonly<Record<string, string | undefined>>,
    private readonly now: () => number = () => performance.now(),
  ) {
    this.#steps = new BuildSteps(now);
    this.#region = new LiveRegion(out, () => terminalRows(out));
    this.#paint = painter(env);
    this.#unicode = /utf-?8/i.test(env.LC_ALL || env.LC_CTYPE || env.LANG || "");
    this.#startedAt = now();
    this.#timer = setInterval(() => this.draw(), INTERVAL);
  }

  /** What is going on before the first step, e.g. how much of the context is sent. */
  status(text: string): void {
    this.#status = text;
  }

  push(text: string): void {
    this.#steps.push(text);
    if (this.#frame === 0) this.draw();
  }

  draw(): void {
    this.#frame++;
    this.#region.draw(this.#lines(false));
  }

  /** Leaves the result on the screen. */
  finish(outcome: "done" | "failed"): void {
    clearInterval(this.#timer);
    this.#steps.finish(outcome);
    this.#region.finish(this.#lines(true));
    const failed = this.#steps.steps.find(({ state }) => state === "failed");
    if (failed && failed.output.length > 0) this.out.write(`${failed.output.join("\n")}\n\x1b[0m`);
    for (const line of this.#steps.results) this.out.write(`${line}\n`);
  }

  #lines(final: boolean): string[] {
    const { steps, preface } = this.#steps;
    const paint = this.#paint;
    const total = steps.at(-1)?.total ?? 0;
    const ended = steps.filter(({ endedAt }) => endedAt !== undefined).length;
    const time = seconds(this.now() - this.#startedAt);
    const count = total > 0 ? ` ${ended}/${total}` : "";
    const failed = steps.some(({ state }) => state === "failed");
    const title = failed ? paint("red", "Build failed") : paint("bold", final ? "Built" : "Building");
    const head = `${title}${count} ${paint("dim", time)}`;
    const status = steps.length === 0 && this.#status !== "" && !final ? [`  ${this.#status}`] : [];
    return [head, ...preface, ...status, ...steps.flatMap((step) => this.#step(step, final))];
  }

  #step(step: BuildStep, final: boolean): string[] {
    const paint = this.#paint;
    const label = `${this.#mark(step)} ${paint("dim", `${step.number}/${step.total}`)} `;
    const right = step.state === "cached" ? "CACHED" : seconds((step.endedAt ?? this.now()) - step.startedAt);
    const width = Math.min(this.out.columns, WIDEST) - Bun.stringWidth(label) - right.length - 1;
    const text = padClip(step.text, Math.max(10, width));
    const line = `${label}${text} ${paint(step.state === "cached" ? "cyan" : "dim", right)}`;
    if (step.state !== "running" || final) return [line];
    const bar = paint("dim", this.#unicode ? "  │ " : "  | ");
    return [line, ...step.output.slice(-TAIL).map((output) => `${bar}${lastPart(output)}`)];
  }

  #mark({ state }: BuildStep): string {
    const paint = this.#paint;
    const spinner = this.#unicode ? SPINNER : ASCII_SPINNER;
    if (state === "running") return paint("yellow", spinner[this.#frame % spinner.length] ?? "");
    if (state === "failed") return paint("red", this.#unicode ? "✗" : "x");
    return paint("green", this.#unicode ? "✓" : "*");
  }
}

/** What a terminal would show of a line in which programs went back by carriage returns. */
function lastPart(line: string): string {
  return line.split("\r").findLast((part) => part !== "") ?? "";
}

function padClip(text: string, width: number): string {
  const flat = text.replace(/\s+/g, " ");
  const size = Bun.stringWidth(flat);
  if (size <= width) return flat + " ".repeat(width - size);
  let cut = flat;
  while (Bun.stringWidth(cut) > width - 1) cut = cut.slice(0, -1);
  return `${cut}…`;
}

function seconds(milliseconds: number): string {
  const whole = milliseconds / 1000;
  if (whole < 60) return `${whole.toFixed(1)}s`;
  return `${Math.floor(whole / 60)}m${String(Math.floor(whole % 60)).padStart(2, "0")}s`;
}
