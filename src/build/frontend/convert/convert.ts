import { type Digest, invalid, nearest, parsePlatform } from "../../../core/index.ts";
import { type Vertex, vertex } from "../../graph/index.ts";
import { type Dockerfile, parseTrigger, type Stage } from "../dockerfile.ts";
import { atPlace } from "../errors.ts";
import type { StageInstruction } from "../instruction.ts";
import { applyInstruction } from "./apply.ts";
import { withVariable } from "./apply-config.ts";
import type { ConvertContext, ConvertedStage, Unnumbered } from "./context.ts";
import type { BaseImage, BuildPlan, ConvertOptions, PlannedStep } from "./plan.ts";
import { automaticArgs, isProxyArg } from "./platform-args.ts";
import { DEFAULT_PATH, Expansions, StageState } from "./stage-state.ts";

/**
 * Turns a Dockerfile into a graph of operations and the images that its steps describe. Only the target stage and
 * what it needs are converted. Pure: images are looked up by the caller's function, files not at all.
 * @throws invalid, unsupported, denied, notFound naming file and line
 */
export function convertDockerfile(dockerfile: Dockerfile, options: ConvertOptions): BuildPlan {
  return new Conversion(dockerfile, options).run();
}

class Conversion implements ConvertContext {
  readonly dockerfile: Dockerfile;
  readonly options: ConvertOptions;
  readonly expansions: Expansions;
  readonly globals: ReadonlyMap<string, string>;
  readonly consumed = new Set<string>();
  readonly localContext: Vertex = vertex({ type: "source", identifier: "local://context" });
  readonly #target: number;
  readonly #stages = new Map<number, ConvertedStage>();
  readonly #images = new Map<string, BaseImage>();

  constructor(dockerfile: Dockerfile, options: ConvertOptions) {
    this.dockerfile = dockerfile;
    this.options = options;
    this.expansions = new Expansions(dockerfile.directives.escape);
    this.#target = targetIndex(dockerfile, options.target);
    this.globals = this.#readGlobals();
  }

  run(): BuildPlan {
    const { state } = this.#convert(this.#target);
    const converted = [...this.#stages].sort(([a], [b]) => a - b).flatMap(([, { steps }]) => steps);
    const globals = this.dockerfile.globalArgs.map(
      ({ text, range }): Unnumbered => ({ text, range, kind: "argument", triggers: 0, trigger: false }),
    );
    let total = 0;
    const steps = [...globals, ...converted, ...this.#labels(state)].map(
      ({ trigger, ...step }): PlannedStep => (trigger ? step : { ...step, number: ++total }),
    );
    return {
      file: this.dockerfile.file,
      steps,
      total,
      target: state.image(),
      unusedArgs: this.#unusedArgs(),
      warnings: this.dockerfile.warnings,
    };
  }

  /** Arguments of the client that no ARG of any stage asks for and that the builder itself does not know. */
  #unusedArgs(): string[] {
    for (const { instructions } of this.dockerfile.stages) {
      for (const instruction of instructions) {
        if (instruction.kind === "arg") for (const { key } of instruction.args) this.consumed.add(key);
      }
    }
    const known = (name: string) =>
      isProxyArg(name) || name.startsWith("BUILDKIT_") || name === "SOURCE_DATE_EPOCH";
    return [...this.options.buildArgs.keys()]
      .filter((name) => !this.consumed.has(name) && !known(name))
      .sort();
  }

  /** The client's labels go on last, shown as a step but, as with BuildKit, not part of the history. */
  #labels(state: StageState): Unnumbered[] {
    const labels = Object.entries(this.options.labels);
    if (labels.length === 0) return [];
    state.set({ Labels: { ...state.config.Labels, ...this.options.labels } });
    const text = `LABEL ${labels.map(([name, value]) => `${name}=${value}`).join(" ")}`;
    const { range } = (this.dockerfile.stages[this.#target] as Stage).from;
    return [{ text, range, kind: "config", triggers: 0, trigger: false, image: state.image() }];
  }

  #readGlobals(): Map<string, string> {
    const { targetPlatform, buildPlatform, buildArgs } = this.options;
    const stageName = this.dockerfile.stages[this.#target]?.from.name ?? "default";
    const globals = new Map<string, string>();
    for (const [name, value] of automaticArgs(targetPlatform, buildPlatform, stageName)) {
      const given = buildArgs.get(name);
      if (given !== undefined) this.consumed.add(name);
      globals.set(name, given ?? value);
    }
    for (const { args, range } of this.dockerfile.globalArgs) {
      atPlace(this.dockerfile.file, range, () => {
        for (const { key, value: fallback } of args) {
          const expand = (text: string) => this.expansions.expand(text, (name) => globals.get(name)).text;
          this.consumed.add(key);
          const value = buildArgs.get(key) ?? (fallback === undefined ? undefined : expand(fallback));
          if (value !== undefined) globals.set(key, value);
        }
      });
    }
    return globals;
  }

  stage(index: number): StageState {
    return this.#convert(index).state;
  }

  image(reference: string, platformText: string | undefined): { image: BaseImage; root: Vertex | undefined } {
    const platform = platformText === undefined ? undefined : parsePlatform(platformText);
    const key = `${platformText ?? ""} ${reference}`;
    const image = this.#images.get(key) ?? this.options.resolveImage(reference, platform);
    this.#images.set(key, image);
    const layers = image.config.rootfs.diff_ids.length;
    const source = vertex({ type: "source", identifier: `docker-image://${reference}@${image.id}` });
    return { image, root: layers === 0 ? undefined : source };
  }

  #convert(index: number): ConvertedStage {
    const done = this.#stages.get(index);
    if (done) return done;
    const stage = this.dockerfile.stages[index] as Stage;
    const { file } = this.dockerfile;
    const { state, base } = atPlace(file, stage.from.range, () => this.#begin(stage));
    const triggers = (state.config.OnBuild ?? []).map((text) => parseTrigger(text, stage.from.range, file));
    state.set({ OnBuild: undefined });
    const { text, range } = stage.from;
    const steps: Unnumbered[] = [
      {
        text,
        range,
        kind: "from",
        triggers: triggers.length,
        trigger: false,
        image: state.image(),
        ...(base && { base }),
      },
    ];
    for (const each of triggers) steps.push({ ...this.#apply(each, state, index), trigger: true });
    for (const each of stage.instructions) steps.push(this.#apply(each, state, index));
    const converted = { state, steps };
    this.#stages.set(index, converted);
    return converted;
  }

  #apply(instruction: StageInstruction, state: StageState, stageIndex: number): Unnumbered {
    const { text, range } = instruction;
    const before = state.root;
    atPlace(this.dockerfile.file, range, () => applyInstruction(instruction, state, stageIndex, this));
    const kind = state.root === before ? "config" : "layer";
    return { text, range, kind, triggers: 0, trigger: false, image: state.image() };
  }

  /** The state a stage starts from: an earlier stage, nothing, or an image. */
  #begin({ index, from }: Stage): { state: StageState; base?: Digest | "stage" } {
    const name = this.expansions.expand(from.base, (name) => this.globals.get(name)).text;
    if (name === "") throw invalid(`base name (${from.base}) should not be blank`);
    const platform =
      from.platform === undefined
        ? undefined
        : this.expansions.expand(from.platform, (name) => this.globals.get(name)).text;
    const earlier = this.dockerfile.stages.findLastIndex(
      (stage, at) => at < index && stage.from.name === name.toLowerCase(),
    );
    if (earlier >= 0) return { state: inherit(this.stage(earlier)), base: "stage" };
    if (name === "scratch") return { state: this.#scratch(platform) };
    const { image, root } = this.image(name, platform);
    return { state: this.#fromImage(image, root), base: image.id };
  }

  #scratch(platform: string | undefined): StageState {
    return new StageState({
      platform: platform ? parsePlatform(platform) : this.options.targetPlatform,
      author: undefined,
      config: { Env: [`PATH=${DEFAULT_PATH}`], WorkingDir: "/" },
      root: undefined,
      history: [],
      variables: [["PATH", DEFAULT_PATH]],
      buildArgs: [],
    });
  }

  #fromImage({ config: image }: BaseImage, root: Vertex | undefined): StageState {
    let env: readonly string[] = image.config?.Env ?? [];
    if (!env.some((entry) => entry.startsWith("PATH="))) env = withVariable(env, "PATH", DEFAULT_PATH);
    const { os, architecture, variant } = image;
    return new StageState({
      platform: { os, architecture, ...(variant && { variant }) },
      author: image.author,
      config: { ...image.config, Env: [...env], WorkingDir: image.config?.WorkingDir || "/" },
      root,
      history: (image.history ?? []).map((base) => ({ base })),
      variables: env.map((entry) => {
        const equals = entry.indexOf("=");
        return equals < 0 ? [entry, ""] : [entry.slice(0, equals), entry.slice(equals + 1)];
      }),
      buildArgs: [],
    });
  }
}

/** A stage built from a stage: its filesystem, configuration, ENV and ARG, but not its triggers. */
function inherit(base: StageState): StageState {
  return new StageState({ ...base, config: { ...base.config, OnBuild: undefined } });
}

function targetIndex({ stages, file }: Dockerfile, target: string | undefined): number {
  if (target === undefined || target === "") return stages.length - 1;
  const named = stages.findLastIndex(({ from }) => from.name === target.toLowerCase());
  if (named >= 0) return named;
  const number = /^\d{1,6}$/.test(target) ? Number(target) : -1;
  if (number >= 0 && number < stages.length) return number;
  const names = stages.map(({ from }) => from.name).filter((name) => name !== undefined);
  const meant = nearest(target, names);
  throw invalid(
    `target stage ${JSON.stringify(target)} could not be found in ${file}${meant ? ` (did you mean ${meant}?)` : ""}`,
  );
}
