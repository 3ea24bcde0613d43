import { hostPlatform, invalid } from "../../core/index.ts";
import type { ImageRuntimeConfig } from "../../spec/index.ts";
import { applyConfig, type ConfigInstruction } from "./convert/apply-config.ts";
import { Expansions, StageState } from "./convert/stage-state.ts";
import { parseDockerfile } from "./dockerfile.ts";

/** Instructions that only describe an image: those that `import` and `commit` take as changes. */
const ALLOWED = [
  "CMD",
  "ENTRYPOINT",
  "ENV",
  "EXPOSE",
  "HEALTHCHECK",
  "LABEL",
  "ONBUILD",
  "STOPSIGNAL",
  "USER",
  "VOLUME",
  "WORKDIR",
];

/**
 * Applies one Dockerfile line, such as `CMD ["sh"]`, to an image's configuration; nothing else is added to it.
 * @throws invalid when it is no instruction, or one that would need a build
 */
export function applyChange(config: ImageRuntimeConfig, line: string): ImageRuntimeConfig {
  const word = line.trim().split(/\s/, 1)[0]?.toUpperCase() ?? "";
  if (!ALLOWED.includes(word) || line.includes("\n")) {
    throw invalid(
      `${word || "an empty line"} is not a valid change command: use one of ${ALLOWED.join(", ")}`,
    );
  }
  const instruction = parseDockerfile(`FROM scratch\n${line}`, "change").stages[0]?.instructions[0];
  const state = new StageState({
    platform: hostPlatform(),
    author: undefined,
    config,
    root: undefined,
    history: [],
    variables: (config.Env ?? []).map((entry) => {
      const equals = entry.indexOf("=");
      return equals < 0 ? [entry, ""] : [entry.slice(0, equals), entry.slice(equals + 1)];
    }),
    buildArgs: [],
  });
  applyConfig(instruction as ConfigInstruction, state, new Expansions("\\"));
  return state.config;
}
