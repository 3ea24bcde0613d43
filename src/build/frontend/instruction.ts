import type { HealthcheckConfig } from "../../spec/index.ts";
import type { SourceRange } from "./errors.ts";
import type { Heredoc } from "./heredoc.ts";

/** A command: the words of the exec form, or one line for the shell. */
export interface CommandLine {
  readonly shell: boolean;
  readonly args: readonly string[];
}

/** `name=value`, or `name` alone for ARG. */
export interface Pair {
  readonly key: string;
  readonly value: string | undefined;
}

/** What every instruction has. */
export interface Origin {
  readonly range: SourceRange;
  /** The line as written, continuations joined: what progress shows. */
  readonly text: string;
}

/** A file written in the Dockerfile itself. */
export interface InlineFile {
  readonly name: string;
  readonly content: string;
  readonly expand: boolean;
}

export interface FromInstruction extends Origin {
  readonly kind: "from";
  readonly base: string;
  /** Lower case. */
  readonly name?: string;
  readonly platform?: string;
}

export interface RunInstruction extends Origin {
  readonly kind: "run";
  readonly command: CommandLine;
  readonly heredocs: readonly Heredoc[];
  readonly network: "default" | "none" | "host";
}

/** COPY and ADD. */
export interface CopyInstruction extends Origin {
  readonly kind: "copy" | "add";
  readonly sources: readonly string[];
  readonly files: readonly InlineFile[];
  readonly destination: string;
  /** The argument words as written, heredocs included, for the history. */
  readonly words: readonly string[];
  readonly from?: string;
  readonly chown?: string;
  readonly chmod?: string;
}

export interface PairsInstruction extends Origin {
  readonly kind: "env" | "label";
  readonly pairs: readonly Pair[];
  /** The old form `ENV key rest of the line`. */
  readonly legacy: boolean;
}

export interface ArgInstruction extends Origin {
  readonly kind: "arg";
  readonly args: readonly Pair[];
}

export interface CommandInstruction extends Origin {
  readonly kind: "cmd" | "entrypoint";
  readonly command: CommandLine;
}

export interface TextInstruction extends Origin {
  readonly kind: "workdir" | "user" | "stopsignal" | "maintainer";
  readonly value: string;
}

export interface ListInstruction extends Origin {
  readonly kind: "expose" | "volume";
  readonly values: readonly string[];
}

export interface ShellInstruction extends Origin {
  readonly kind: "shell";
  readonly shell: readonly string[];
}

export interface HealthcheckInstruction extends Origin {
  readonly kind: "healthcheck";
  readonly check: HealthcheckConfig;
}

export interface OnbuildInstruction extends Origin {
  readonly kind: "onbuild";
  /** The instruction to run in images built from this one, with its heredocs. */
  readonly expression: string;
}

/** Everything that may stand in a stage. */
export type StageInstruction =
  | RunInstruction
  | CopyInstruction
  | PairsInstruction
  | ArgInstruction
  | CommandInstruction
  | TextInstruction
  | ListInstruction
  | ShellInstruction
  | HealthcheckInstruction
  | OnbuildInstruction;

export type Instruction = FromInstruction | StageInstruction;

/** The names of the language, in Docker's spelling. */
export const INSTRUCTION_NAMES = [
  "ADD",
  "ARG",
  "CMD",
  "COPY",
  "ENTRYPOINT",
  "ENV",
  "EXPOSE",
  "FROM",
  "HEALTHCHECK",
  "LABEL",
  "MAINTAINER",
  "ONBUILD",
  "RUN",
  "SHELL",
  "STOPSIGNAL",
  "USER",
  "VOLUME",
  "WORKDIR",
] as const;
