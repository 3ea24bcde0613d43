export { applyChanges } from "./change.ts";
export { convertDockerfile } from "./convert/convert.ts";
export type {
  BaseImage,
  BuildPlan,
  ConvertOptions,
  PlannedHistory,
  PlannedImage,
  PlannedStep,
} from "./convert/plan.ts";
export { type Dockerfile, parseDockerfile } from "./dockerfile.ts";
export { atPlace, DockerfileError, placeError, type SourceRange } from "./errors.ts";
