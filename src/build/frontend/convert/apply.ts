import type { StageInstruction } from "../instruction.ts";
import { applyArg } from "./apply-arg.ts";
import { applyConfig } from "./apply-config.ts";
import { applyCopy } from "./apply-copy.ts";
import { applyRun } from "./apply-run.ts";
import type { ConvertContext } from "./context.ts";
import type { StageState } from "./stage-state.ts";

/** Carries one instruction into the stage's state. @throws invalid, unsupported, denied, notFound */
export function applyInstruction(
  instruction: StageInstruction,
  state: StageState,
  stageIndex: number,
  context: ConvertContext,
): void {
  switch (instruction.kind) {
    case "run":
      applyRun(instruction, state, context);
      break;
    case "copy":
    case "add":
      applyCopy(instruction, state, stageIndex, context);
      break;
    case "arg":
      applyArg(instruction, state, context);
      break;
    default:
      applyConfig(instruction, state, context.expansions);
  }
}
