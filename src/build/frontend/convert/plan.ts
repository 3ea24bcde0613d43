import type { Digest, Platform } from "../../../core/index.ts";
import type { HistoryEntry, ImageRuntimeConfig, OciImageConfig } from "../../../spec/index.ts";
import type { ExecLimits, ExtraHost, Vertex } from "../../graph/index.ts";
import type { SourceRange } from "../errors.ts";

/** An image that a stage starts from or copies from. */
export interface BaseImage {
  readonly id: Digest;
  readonly config: OciImageConfig;
}

export interface ConvertOptions {
  readonly buildArgs: ReadonlyMap<string, string>;
  /** Put on the resulting image. */
  readonly labels: Readonly<Record<string, string>>;
  /** Name or number of the stage to build; the last one when absent. */
  readonly target?: string;
  readonly targetPlatform: Platform;
  readonly buildPlatform: Platform;
  /** What `RUN` means by the default network. */
  readonly network: "default" | "none" | "host";
  readonly extraHosts: readonly ExtraHost[];
  readonly limits: ExecLimits;
  /**
   * Finds an image.
   * @throws notFound, and invalid where it is of another platform than was asked for
   */
  readonly resolveImage: (reference: string, platform: Platform | undefined) => BaseImage;
}

/** What the Dockerfile says an image is, after some step. */
export interface PlannedImage {
  readonly platform: Platform;
  readonly author: string | undefined;
  readonly config: ImageRuntimeConfig;
  /** The filesystem; undefined is the empty one. */
  readonly root: Vertex | undefined;
  readonly history: readonly PlannedHistory[];
}

/** An entry of the image's history: the base's own, or one that this build adds and dates. */
export type PlannedHistory =
  | { readonly base: HistoryEntry }
  | { readonly createdBy: string; readonly layer: boolean; readonly root: Vertex | undefined };

export interface PlannedStep {
  /** Shown as `Step 1/9`; absent for the triggers of a base image. */
  readonly number?: number;
  /** The instruction as written. */
  readonly text: string;
  readonly range: SourceRange;
  readonly kind: "argument" | "from" | "config" | "layer";
  /** Number of ONBUILD triggers that a FROM brings; they are the steps that follow. */
  readonly triggers: number;
  /** For a FROM of an image: its id. Of an earlier stage: that stage's last step. Absent: the empty image. */
  readonly base?: Digest | "stage";
  /** The image after this step; absent for arguments before the first FROM. */
  readonly image?: PlannedImage;
}

export interface BuildPlan {
  readonly file: string;
  /** In the order of the Dockerfile; only of stages that the target needs. */
  readonly steps: readonly PlannedStep[];
  readonly total: number;
  readonly target: PlannedImage;
  /** Names given with --build-arg that no ARG asked for. */
  readonly unusedArgs: readonly string[];
  readonly warnings: readonly string[];
}
