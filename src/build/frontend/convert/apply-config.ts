import { posix } from "node:path";
import { invalid, parseSignal } from "../../../core/index.ts";
import { vertex } from "../../graph/index.ts";
import { parseError } from "../errors.ts";
import { splitHead } from "../head.ts";
import type {
  CommandInstruction,
  HealthcheckInstruction,
  ListInstruction,
  OnbuildInstruction,
  PairsInstruction,
  StageInstruction,
  TextInstruction,
} from "../instruction.ts";
import { INSTRUCTION_NAMES } from "../instruction.ts";
import { withShell } from "./apply-run.ts";
import { healthcheckCreatedBy } from "./created-by.ts";
import { goQuoteList } from "./go-format.ts";
import { parseOwner } from "./owner.ts";
import { exposedPorts } from "./ports.ts";
import type { Expansions, StageState } from "./stage-state.ts";

/** Instructions that say something of the image and (WORKDIR aside) do nothing to its files. */
export type ConfigInstruction = Exclude<StageInstruction, { kind: "run" | "copy" | "add" | "arg" }>;

/** Carries an instruction into the stage's configuration. @throws invalid */
export function applyConfig(instruction: ConfigInstruction, state: StageState, expansions: Expansions): void {
  switch (instruction.kind) {
    case "env":
    case "label":
      applyPairs(instruction, state, expansions);
      break;
    case "cmd":
    case "entrypoint":
      applyCommand(instruction, state);
      break;
    case "healthcheck":
      applyHealthcheck(instruction, state);
      break;
    case "expose":
    case "volume":
      applyList(instruction, state, expansions);
      break;
    case "shell":
      state.set({ Shell: [...instruction.shell] });
      state.record(`SHELL [${instruction.shell.join(" ")}]`, undefined);
      break;
    case "onbuild":
      applyOnbuild(instruction, state);
      break;
    default:
      applyText(instruction, state, expansions);
  }
}

/** Kept for images built from this one; the history does not show it. */
function applyOnbuild({ expression, range }: OnbuildInstruction, state: StageState): void {
  const { name, written } = splitHead(expression);
  if (!INSTRUCTION_NAMES.some((known) => known === name)) {
    throw parseError(range.start, `unknown instruction: ${written}`);
  }
  state.set({ OnBuild: [...(state.config.OnBuild ?? []), expression] });
}

/** `NAME=value` list with one value set, at its old place or at the end. */
export function withVariable(env: readonly string[], name: string, value: string): string[] {
  const pair = `${name}=${value}`;
  const at = env.findIndex((entry) => entry.startsWith(`${name}=`));
  return at < 0 ? [...env, pair] : env.with(at, pair);
}

function applyPairs(instruction: PairsInstruction, state: StageState, expansions: Expansions): void {
  // Every value is expanded with what was set before the instruction.
  const expand = (text: string) => expansions.expand(text, state.lookup).text;
  const pairs = instruction.pairs.map(({ key, value }) => [expand(key), expand(value ?? "")] as const);
  const name = instruction.kind.toUpperCase();
  if (pairs.some(([key]) => key === "")) throw invalid(`${name} names can not be blank`);
  if (instruction.kind === "label") {
    state.set({ Labels: { ...state.config.Labels, ...Object.fromEntries(pairs) } });
  } else {
    let env: readonly string[] = state.config.Env ?? [];
    for (const [key, value] of pairs) {
      if (`${key}${value}`.includes("\0")) throw invalid("ENV must not contain a NUL character");
      env = withVariable(env, key, value);
      state.variables.set(key, value);
    }
    state.set({ Env: [...env] });
  }
  state.record([name, ...pairs.map(([key, value]) => `${key}=${value}`)].join(" "), undefined);
}

function applyCommand(instruction: CommandInstruction, state: StageState): void {
  const args = withShell(instruction.command, state);
  if (instruction.kind === "cmd") {
    state.set({ Cmd: args, ArgsEscaped: true });
    state.commandSet = true;
    state.record(`CMD ${goQuoteList(args)}`, undefined);
    return;
  }
  // A command inherited from the base belonged to its entrypoint.
  state.set({
    Entrypoint: args.length > 0 ? args : undefined,
    ...(state.commandSet ? {} : { Cmd: undefined }),
  });
  state.record(`ENTRYPOINT ${goQuoteList(args)}`, undefined);
}

function applyHealthcheck({ check }: HealthcheckInstruction, state: StageState): void {
  state.set({ Healthcheck: check });
  state.record(healthcheckCreatedBy(check), undefined);
}

function applyList(instruction: ListInstruction, state: StageState, expansions: Expansions): void {
  const expand = (text: string) => expansions.expand(text, state.lookup);
  const set = (names: readonly string[]) => Object.fromEntries(names.map((name) => [name, {}]));
  if (instruction.kind === "volume") {
    const volumes = instruction.values.map((value) => expand(value).text);
    if (volumes.includes("")) throw invalid("VOLUME specified can not be an empty string");
    state.set({ Volumes: { ...state.config.Volumes, ...set(volumes) } });
    state.record(`VOLUME [${volumes.join(" ")}]`, undefined);
    return;
  }
  const ports = instruction.values.flatMap((value) => expand(value).words).flatMap(exposedPorts);
  state.set({ ExposedPorts: { ...state.config.ExposedPorts, ...set(ports) } });
  state.record(`EXPOSE [${[...new Set(ports)].join(" ")}]`, undefined);
}

function applyText(instruction: TextInstruction, state: StageState, expansions: Expansions): void {
  if (instruction.kind === "maintainer") {
    state.author = instruction.value;
    state.record(`MAINTAINER ${instruction.value}`, undefined);
    return;
  }
  const value = expansions.expand(instruction.value, state.lookup).text;
  if (instruction.kind === "workdir") applyWorkdir(value, state);
  else if (instruction.kind === "user") {
    state.set({ User: value });
    state.record(`USER ${value}`, undefined);
  } else {
    parseSignal(value);
    state.set({ StopSignal: value });
    state.record(`STOPSIGNAL ${value}`, undefined);
  }
}

/** The directory is made, as the current user's; the root directory is there already and needs no layer. */
function applyWorkdir(value: string, state: StageState): void {
  if (value === "") throw invalid("WORKDIR must not be empty");
  const path = posix.resolve("/", state.workingDirectory, value);
  state.set({ WorkingDir: path });
  if (path === "/") {
    state.record("WORKDIR /", undefined);
    return;
  }
  const user = state.config.User;
  const action = {
    type: "mkdir",
    path,
    mode: 0o755,
    parents: true,
    ...(user ? { chown: parseOwner(user) } : {}),
    input: state.root ? 0 : -1,
    output: 0,
  } as const;
  const inputs = state.root ? [{ vertex: state.root, index: 0 }] : [];
  state.record(`WORKDIR ${path}`, vertex({ type: "file", actions: [action] }, inputs));
}
