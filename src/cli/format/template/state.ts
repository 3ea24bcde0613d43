import type { TemplateFunction } from "./functions.ts";
import type { ParsedTemplate } from "./nodes.ts";
import { TemplateError } from "./template-error.ts";
import type { Value } from "./value.ts";

/** No honest template runs this many steps; a runaway loop ends here. */
const MAX_STEPS = 5_000_000;

export interface Variable {
  readonly name: string;
  value: Value;
}

/** What the parts of an execution share: the template, the variables in scope, and how far it has run. */
export class ExecutionState {
  /** Name of the template that runs; empty for the main one. */
  name = "";
  variables: Variable[];
  #steps = 0;

  constructor(
    readonly template: ParsedTemplate,
    readonly functions: Readonly<Record<string, TemplateFunction>>,
    data: Value,
  ) {
    this.variables = [{ name: "$", value: data }];
  }

  /** Counts a step. @throws TemplateError when there were too many */
  step(): void {
    if (++this.#steps > MAX_STEPS) throw new TemplateError("template: : it runs too long");
  }

  /** Ends the execution with what was wrong and where. @throws TemplateError always */
  fail(position: number, context: string, message: string): never {
    const before = this.template.source.slice(0, position);
    const line = before.split("\n").length;
    const column = Buffer.byteLength(before.slice(before.lastIndexOf("\n") + 1));
    throw new TemplateError(
      `template: :${line}:${column}: executing ${JSON.stringify(this.name)} at <${context}>: ${message}`,
    );
  }

  declare(name: string, value: Value): void {
    this.variables.push({ name, value });
  }

  assign(position: number, name: string, value: Value): void {
    const variable = this.variables.findLast((candidate) => candidate.name === name);
    if (!variable) this.fail(position, name, `undefined variable: ${name}`);
    variable.value = value;
  }

  value(name: string): Value {
    return this.variables.findLast((variable) => variable.name === name)?.value;
  }
}
