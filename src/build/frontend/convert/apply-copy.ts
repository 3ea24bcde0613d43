import { posix } from "node:path";
import { invalid, unsupported } from "../../../core/index.ts";
import {
  type Chown,
  type CopyAction,
  type Edge,
  type FileAction,
  type Vertex,
  vertex,
} from "../../graph/index.ts";
import type { CopyInstruction } from "../instruction.ts";
import type { ConvertContext } from "./context.ts";
import { copyCreatedBy } from "./created-by.ts";
import { parseMode, parseOwner } from "./owner.ts";
import { absoluteDestination, rootedSource } from "./paths.ts";
import type { StageState } from "./stage-state.ts";

const REMOTE = /^(?:https?|git|ssh):\/\/|^git@|^github\.com\//;

/** COPY and ADD: one file operation with an action per source. */
export function applyCopy(
  instruction: CopyInstruction,
  state: StageState,
  stageIndex: number,
  context: ConvertContext,
): void {
  const name = instruction.kind.toUpperCase();
  const expand = (text: string) => context.expansions.expand(text, state.lookup).text;
  const sources = instruction.sources.map(expand);
  const destination = expand(instruction.destination);
  const chown = instruction.chown === undefined ? undefined : expand(instruction.chown);
  const chmod = instruction.chmod === undefined ? undefined : expand(instruction.chmod);
  if (sources.length + instruction.files.length > 1 && !destination.endsWith("/")) {
    throw invalid(
      `When using ${name} with more than one source file, the destination must be a directory and end with a /`,
    );
  }
  const remote = instruction.kind === "add" ? sources.find((source) => REMOTE.test(source)) : undefined;
  if (remote !== undefined) {
    throw unsupported(`ADD ${remote}: ADD of a URL or git repository is not supported; fetch it in a RUN`);
  }
  const target = absoluteDestination(state.workingDirectory, destination);
  const owner = chown === undefined ? undefined : parseOwner(chown);
  const mode = chmod === undefined ? undefined : parseMode(chmod);
  const chain = new ActionChain(state.root);
  for (const source of sources) {
    const from = copySource(instruction, stageIndex, context);
    chain.copy(from, {
      type: "copy",
      source: rootedSource(source),
      destination: target,
      ...(owner && { chown: owner }),
      ...(mode !== undefined && { mode }),
      followSymlinks: true,
      contentsOnly: true,
      unpack: instruction.kind === "add",
      createDestination: true,
      wildcards: true,
    });
  }
  for (const file of instruction.files) {
    const content = file.expand ? context.expansions.expandBody(file.content, state.lookup) : file.content;
    chain.file(target.endsWith("/") ? posix.join(target, file.name) : target, content, mode ?? 0o644, owner);
  }
  const created = copyCreatedBy(instruction, {
    sources,
    destination,
    ...(chown !== undefined && { chown }),
    ...(chmod !== undefined && { chmod }),
  });
  state.record(created, chain.finish());
}

/** What is copied from; undefined is the empty filesystem. */
function copySource(
  { from }: CopyInstruction,
  stageIndex: number,
  context: ConvertContext,
): Vertex | undefined {
  if (from === undefined || from === "") return context.localContext;
  if (from.includes("$")) {
    throw invalid(
      "variable expansion is not supported for --from, " +
        "define a new stage with FROM using ARG from global scope as a workaround",
    );
  }
  const { stages } = context.dockerfile;
  const byName = stages.findLastIndex(({ from: { name } }) => name === from.toLowerCase());
  const index = /^\d+$/.test(from) ? Number(from) : byName;
  if (index >= stages.length) throw invalid(`invalid stage index ${from}`);
  if (index < 0) return context.image(from, undefined).root;
  const earlier = stages.findLastIndex(
    ({ from: { name } }, at) => at < stageIndex && (at === index || name === from.toLowerCase()),
  );
  if (earlier < 0) {
    const current = stages[stageIndex]?.from.name ?? String(stageIndex);
    throw invalid(
      `cannot copy from stage ${JSON.stringify(from)}, it needs to be defined before current stage ` +
        JSON.stringify(current),
    );
  }
  return context.stage(earlier).root;
}

type CopyParts = Omit<CopyAction, "input" | "output" | "from">;

/** Actions that each go on from the one before, over shared inputs. */
class ActionChain {
  readonly #inputs: Edge[] = [];
  readonly #actions: ((inputCount: number, index: number) => FileAction)[] = [];
  readonly #base: number;

  constructor(base: Vertex | undefined) {
    this.#base = this.#input(base);
  }

  #input(source: Vertex | undefined): number {
    if (!source) return -1;
    const known = this.#inputs.findIndex(({ vertex: { digest } }) => digest === source.digest);
    return known >= 0 ? known : this.#inputs.push({ vertex: source, index: 0 }) - 1;
  }

  /** The filesystem an action works on: the base for the first, the result before it for the others. */
  #before(inputCount: number, index: number): number {
    return index === 0 ? this.#base : inputCount + index - 1;
  }

  copy(source: Vertex | undefined, parts: CopyParts): void {
    const from = this.#input(source);
    this.#actions.push((count, index) => ({ ...parts, from, input: this.#before(count, index), output: -1 }));
  }

  file(path: string, data: string, mode: number, chown: Chown | undefined): void {
    this.#actions.push((count, index) => ({
      type: "mkfile",
      path,
      data,
      mode,
      ...(chown && { chown }),
      input: this.#before(count, index),
      output: -1,
    }));
  }

  finish(): Vertex {
    const count = this.#inputs.length;
    const last = this.#actions.length - 1;
    const actions = this.#actions.map((make, index) => {
      const action = make(count, index);
      return index === last ? { ...action, output: 0 } : action;
    });
    return vertex({ type: "file", actions }, this.#inputs);
  }
}
