import { Expressions } from "./expressions.ts";
import type { TemplateFunction } from "./functions.ts";
import { type Node, operandText, type ParsedTemplate, type Pipeline } from "./nodes.ts";
import { goString, sortedKeys } from "./print-value.ts";
import { ExecutionState } from "./state.ts";
import { isList, isRecord, kindOf, numberOf, truth, type Value } from "./value.ts";

const MAX_TEMPLATE_DEPTH = 100;

type Outcome = "break" | "continue" | undefined;
type Branch = Extract<Node, { kind: "if" | "with" | "range" }>;

/** Runs a parsed template on data. @throws TemplateError in the words of Go's text/template */
export function evaluate(
  template: ParsedTemplate,
  functions: Readonly<Record<string, TemplateFunction>>,
  data: Value,
): string {
  return new Execution(new ExecutionState(template, functions, data)).run(data);
}

/** Walks the nodes of a template and gathers its output. */
class Execution {
  #out = "";
  #depth = 0;
  readonly #expressions: Expressions;

  constructor(private readonly state: ExecutionState) {
    this.#expressions = new Expressions(state);
  }

  run(data: Value): string {
    this.#walk(this.state.template.root, data);
    return this.#out;
  }

  #walk(nodes: readonly Node[], dot: Value): Outcome {
    for (const node of nodes) {
      this.state.step();
      const outcome = this.#node(node, dot);
      if (outcome) return outcome;
    }
    return undefined;
  }

  #node(node: Node, dot: Value): Outcome {
    switch (node.kind) {
      case "text":
        this.#out += node.text;
        return undefined;
      case "action": {
        const value = this.#expressions.pipeline(node.pipeline, dot);
        if (node.pipeline.variables.length === 0) {
          this.#out += value === undefined ? "<no value>" : goString(value);
        }
        return undefined;
      }
      case "break":
      case "continue":
        return node.kind;
      case "template":
        this.#call(node, dot);
        return undefined;
      case "range":
        return this.#range(node, dot);
      default: {
        const mark = this.state.variables.length;
        const value = this.#expressions.pipeline(node.pipeline, dot);
        const outcome = truth(value)
          ? this.#walk(node.body, node.kind === "with" ? value : dot)
          : this.#walk(node.otherwise, dot);
        this.state.variables.length = mark;
        return outcome;
      }
    }
  }

  #call(node: Extract<Node, { kind: "template" }>, dot: Value): void {
    const body = this.state.template.named.get(node.name);
    const context = `{{template ${JSON.stringify(node.name)}}}`;
    if (!body) this.state.fail(node.position, context, `template ${JSON.stringify(node.name)} not defined`);
    if (this.#depth >= MAX_TEMPLATE_DEPTH) {
      this.state.fail(node.position, context, `exceeded maximum template depth (${MAX_TEMPLATE_DEPTH})`);
    }
    const data = node.pipeline ? this.#expressions.pipeline(node.pipeline, dot) : null;
    const outer = { variables: this.state.variables, name: this.state.name };
    this.state.variables = [{ name: "$", value: data }];
    this.state.name = node.name;
    this.#depth++;
    this.#walk(body, data);
    this.#depth--;
    this.state.variables = outer.variables;
    this.state.name = outer.name;
  }

  #range(node: Branch, dot: Value): Outcome {
    const mark = this.state.variables.length;
    const value = this.#expressions.pipeline(node.pipeline, dot, true);
    let ran = false;
    for (const [key, item] of this.#entries(node.pipeline, value)) {
      ran = true;
      this.state.step();
      this.#bind(node.pipeline, key, item);
      const inner = this.state.variables.length;
      const outcome = this.#walk(node.body, item);
      this.state.variables.length = inner;
      if (!node.pipeline.assigns) this.state.variables.length = mark;
      if (outcome === "break") break;
    }
    this.state.variables.length = mark;
    const outcome = ran ? undefined : this.#walk(node.otherwise, dot);
    this.state.variables.length = mark;
    return outcome;
  }

  *#entries(pipeline: Pipeline, value: Value): Generator<[Value, Value]> {
    if (isList(value)) {
      for (const [i, item] of value.entries()) yield [i, item];
      return;
    }
    const kind = kindOf(value);
    if (kind === "int") {
      const count = numberOf(value) ?? 0;
      for (let i = 0; i < count; i++) yield [i, i];
    } else if (kind === "map" && isRecord(value)) {
      for (const key of sortedKeys(value)) yield [key, value[key]];
    } else if (kind !== "nil") {
      const first = pipeline.commands[0]?.operands[0];
      const position = first?.position ?? pipeline.position;
      this.state.fail(
        position,
        first ? operandText(first) : "",
        `range can't iterate over ${goString(value)}`,
      );
    }
  }

  #bind(pipeline: Pipeline, key: Value, item: Value): void {
    const [first, second] = pipeline.variables;
    const values = second === undefined ? [item] : [key, item];
    for (const [i, name] of [first, second].entries()) {
      if (name === undefined) continue;
      if (pipeline.assigns) this.state.assign(pipeline.position, name, values[i]);
      else this.state.declare(name, values[i]);
    }
  }
}
