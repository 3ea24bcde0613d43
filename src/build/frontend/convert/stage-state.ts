import { invalid, type Platform } from "../../../core/index.ts";
import type { ImageRuntimeConfig } from "../../../spec/index.ts";
import type { Vertex } from "../../graph/index.ts";
import type { EscapeCharacter } from "../directives.ts";
import { expandWord, type Lookup } from "../expand.ts";
import type { PlannedHistory, PlannedImage } from "./plan.ts";

export const DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
export const DEFAULT_SHELL = ["/bin/sh", "-c"];

/** All text that expansion may make in one build: enough for anyone, not enough to fill the memory. */
const EXPANSION_BUDGET = 32 << 20;

/** What all stages of one conversion share. */
export class Expansions {
  readonly #escape: EscapeCharacter;
  #left = EXPANSION_BUDGET;

  constructor(escapeWith: EscapeCharacter) {
    this.#escape = escapeWith;
  }

  /** A word, or the words of a word, with variables, quotes and escapes resolved. @throws invalid */
  expand(text: string, lookup: Lookup): { text: string; words: string[] } {
    return this.#spend(expandWord(text, lookup, { escape: this.#escape }));
  }

  /** A heredoc's body: quotes are ordinary characters. @throws invalid */
  expandBody(text: string, lookup: Lookup): string {
    return this.#spend(expandWord(text, lookup, { escape: "\\", ignoreQuotes: true })).text;
  }

  #spend<Result extends { text: string }>(result: Result): Result {
    this.#left -= result.text.length;
    if (this.#left < 0) throw invalid("the expanded variables of this Dockerfile are too long");
    return result;
  }
}

/** The state of one stage between two instructions. */
export class StageState {
  platform: Platform;
  author: string | undefined;
  /** Never changed in place, so that the image after each step can keep it. */
  config: ImageRuntimeConfig;
  root: Vertex | undefined;
  /** Environment of RUN and of expansion: ENV and the ARGs in scope, in order. */
  readonly variables: Map<string, string>;
  /** ARGs in scope with their values as RUN shows them in the history. */
  readonly buildArgs: Map<string, string>;
  history: readonly PlannedHistory[];
  /** CMD was set in this stage. */
  commandSet = false;

  constructor(
    from: Pick<StageState, "platform" | "author" | "config" | "root" | "history"> & {
      variables: Iterable<[string, string]>;
      buildArgs: Iterable<[string, string]>;
    },
  ) {
    this.platform = from.platform;
    this.author = from.author;
    this.config = from.config;
    this.root = from.root;
    this.history = from.history;
    this.variables = new Map(from.variables);
    this.buildArgs = new Map(from.buildArgs);
  }

  readonly lookup: Lookup = (name) => this.variables.get(name);

  set(change: Partial<ImageRuntimeConfig>): void {
    this.config = { ...this.config, ...change };
  }

  /** Adds an entry to the history. */
  record(createdBy: string, layer: Vertex | undefined): void {
    if (layer) this.root = layer;
    this.history = [...this.history, { createdBy, layer: layer !== undefined, root: this.root }];
  }

  get workingDirectory(): string {
    return this.config.WorkingDir || "/";
  }

  get shell(): readonly string[] {
    return this.config.Shell?.length ? this.config.Shell : DEFAULT_SHELL;
  }

  /** The image as it is now. */
  image(): PlannedImage {
    const { platform, author, config, root, history } = this;
    return { platform, author, config, root, history };
  }
}
