import { invalid } from "../../../core/index.ts";
import type { ArgInstruction } from "../instruction.ts";
import type { ConvertContext } from "./context.ts";
import type { StageState } from "./stage-state.ts";

/** ARG: the client's value, else the default, else that of the global scope. */
export function applyArg(instruction: ArgInstruction, state: StageState, context: ConvertContext): void {
  const shown: string[] = [];
  for (const { key: written, value: fallback } of instruction.args) {
    const expand = (text: string) => context.expansions.expand(text, state.lookup).text;
    const key = expand(written);
    const given = context.options.buildArgs.get(key);
    context.consumed.add(key);
    const value = given ?? (fallback === undefined ? context.globals.get(key) : expand(fallback));
    if (value?.includes("\0")) throw invalid("ARG must not contain a NUL character");
    if (value !== undefined) state.variables.set(key, value);
    state.buildArgs.set(key, value ?? "");
    shown.push(value === undefined ? key : `${key}=${value}`);
  }
  state.record(`ARG ${shown.join(" ")}`, undefined);
}
