import { digestOf, notFound, parsePlatform } from "../../core/index.ts";
import type { ImageRuntimeConfig } from "../../spec/index.ts";
import { convertDockerfile } from "../frontend/convert/convert.ts";
import type { BaseImage, BuildPlan, ConvertOptions, PlannedImage } from "../frontend/convert/plan.ts";
import { parseDockerfile } from "../frontend/dockerfile.ts";
import type { ExecOp, FileOp, Vertex } from "../graph/index.ts";

const amd64 = parsePlatform("linux/amd64");

/** An image of one layer to start from. */
export function baseImage(config: ImageRuntimeConfig = {}): BaseImage {
  return {
    id: digestOf("image"),
    config: {
      architecture: "amd64",
      os: "linux",
      config,
      rootfs: { type: "layers", diff_ids: [digestOf("layer")] },
      history: [{ created: "2020-01-01T00:00:00Z", created_by: "import" }],
    },
  };
}

export interface PlanSetup extends Partial<Omit<ConvertOptions, "buildArgs">> {
  args?: Record<string, string>;
  /** Images by name; `base` alone when absent. */
  images?: Record<string, BaseImage>;
}

/** What a Dockerfile becomes. */
export function planOf(
  text: string,
  { args = {}, images = { base: baseImage() }, ...rest }: PlanSetup = {},
): BuildPlan {
  return convertDockerfile(parseDockerfile(text), {
    buildArgs: new Map(Object.entries(args)),
    labels: {},
    targetPlatform: amd64,
    buildPlatform: amd64,
    network: "default",
    extraHosts: [],
    limits: {},
    resolveImage: (name) => {
      const image = images[name];
      if (!image) throw notFound(`No such image: ${name}:latest`);
      return image;
    },
    ...rest,
  });
}

export const historyOf = (image: PlannedImage): string[] =>
  image.history.map((entry) => ("base" in entry ? `base ${entry.base.created_by}` : entry.createdBy));

/** The target's filesystem. */
export const rootOf = (text: string, setup?: PlanSetup): Vertex => planOf(text, setup).target.root as Vertex;
export const execOf = (text: string, setup?: PlanSetup): ExecOp => rootOf(text, setup).op as ExecOp;
export const fileOf = (text: string, setup?: PlanSetup): FileOp => rootOf(text, setup).op as FileOp;
