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
 * Applies Dockerfile lines, such as `CMD ["sh"]`, to an image's configuration; nothing else is added to it. They are
 * one Dockerfile: an ENTRYPOINT after a CMD of theirs leaves it, one without drops the command that was there.
 * @throws invalid when one is no instruction, or one that would need a build
 */
export function applyChanges(config: ImageRuntimeConfig, lines: readonly string[]): ImageRuntimeConfig {
  if (lines.length === 0) return config;
  for (const line of lines) checkAllowed(line.trim().split(/\s/, 1)[0] ?? "");
  const { stages } = parseDockerfile(`FROM scratch\n${lines.join("\n")}`, "change");
  // What begins a stage of its own came in a change of several lines.
  if (stages.length > 1) checkAllowed("FROM");
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
  const expansions = new Expansions("\\");
  for (const instruction of stages[0]?.instructions ?? []) {
    checkAllowed(instruction.kind);
    applyConfig(instruction as ConfigInstruction, state, expansions);
  }
  // BuildKit's mark of a command that is ready to run; Docker sets none here.
  const { ArgsEscaped } = config;
  return { ...state.config, ArgsEscaped };
}

function checkAllowed(word: string): void {
  if (ALLOWED.includes(word.toUpperCase())) return;
  throw invalid(`${word || "an empty line"} is not a valid change command: use one of ${ALLOWED.join(", ")}`);
}
