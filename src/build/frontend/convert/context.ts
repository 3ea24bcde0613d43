import type { Vertex } from "../../graph/index.ts";
import type { Dockerfile } from "../dockerfile.ts";
import type { BaseImage, ConvertOptions, PlannedStep } from "./plan.ts";
import type { Expansions, StageState } from "./stage-state.ts";

/** What the handlers of instructions see of the conversion around them. */
export interface ConvertContext {
  readonly dockerfile: Dockerfile;
  readonly options: ConvertOptions;
  readonly expansions: Expansions;
  /** Values of the global scope: automatic arguments and ARGs before the first FROM. */
  readonly globals: ReadonlyMap<string, string>;
  /** Names given by --build-arg that some ARG has asked for. */
  readonly consumed: Set<string>;
  /** The client's files. */
  readonly localContext: Vertex;
  /** The finished state of an earlier stage that this one copies from. */
  stage(index: number): StageState;
  image(reference: string, platform: string | undefined): { image: BaseImage; root: Vertex | undefined };
}

/** A step before the steps of all stages are counted. */
export type Unnumbered = Omit<PlannedStep, "number"> & {
  /** Brought by the base image's ONBUILD: has no number of its own. */
  readonly trigger: boolean;
};

/** One stage, converted. */
export interface ConvertedStage {
  readonly state: StageState;
  readonly steps: readonly Unnumbered[];
}
