import type { Value } from "./value.ts";

interface At {
  /** Offset in the source, for errors. */
  readonly position: number;
}

/** Operands of a command. */
export type Operand =
  | (At & { kind: "dot" })
  | (At & { kind: "nil" })
  | (At & { kind: "literal"; value: Value; text: string })
  | (At & { kind: "field"; names: readonly string[] })
  | (At & { kind: "variable"; name: string; names: readonly string[] })
  | (At & { kind: "function"; name: string })
  | (At & { kind: "chain"; base: Operand; names: readonly string[] })
  | Pipeline;

export interface Command extends At {
  readonly operands: readonly Operand[];
}

export interface Pipeline extends At {
  readonly kind: "pipeline";
  /** Variables that get the value: `$x :=`, or `$i, $e :=` in range. */
  readonly variables: readonly string[];
  readonly assigns: boolean;
  readonly commands: readonly Command[];
}

export type Node =
  | { kind: "text"; text: string }
  | { kind: "action"; pipeline: Pipeline }
  | {
      kind: "if" | "with" | "range";
      pipeline: Pipeline;
      body: readonly Node[];
      otherwise: readonly Node[];
    }
  | (At & { kind: "template"; name: string; pipeline?: Pipeline })
  | { kind: "break" }
  | { kind: "continue" };

export interface ParsedTemplate {
  readonly source: string;
  readonly root: readonly Node[];
  readonly named: ReadonlyMap<string, readonly Node[]>;
}

/** Source text of an operand as Go writes it back in errors. */
export function operandText(node: Operand): string {
  const fields = (names: readonly string[]) => names.map((name) => `.${name}`).join("");
  switch (node.kind) {
    case "dot":
      return ".";
    case "nil":
      return "nil";
    case "literal":
      return node.text;
    case "field":
      return fields(node.names);
    case "variable":
      return node.name + fields(node.names);
    case "function":
      return node.name;
    case "chain":
      return operandText(node.base) + fields(node.names);
    case "pipeline":
      return `(${pipelineText(node)})`;
  }
}

export function commandText(command: Command): string {
  return command.operands.map(operandText).join(" ");
}

export function pipelineText(pipeline: Pipeline): string {
  const head =
    pipeline.variables.length > 0 ? `${pipeline.variables.join(", ")} ${pipeline.assigns ? "=" : ":="} ` : "";
  return head + pipeline.commands.map(commandText).join(" | ");
}
