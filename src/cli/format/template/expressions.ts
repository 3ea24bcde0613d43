import { CallError } from "./call-error.ts";
import { type Command, commandText, type Operand, operandText, type Pipeline } from "./nodes.ts";
import { checkArguments, takeField } from "./resolve.ts";
import type { ExecutionState } from "./state.ts";
import { kindOf, Row, truth, type Value } from "./value.ts";

const NO_FINAL = Symbol("no value is piped in");

/** The value that the command before in a pipeline hands on. */
type Final = Value | typeof NO_FINAL;

/** Values of pipelines, commands and operands. */
export class Expressions {
  constructor(private readonly state: ExecutionState) {}

  /** Value of a pipeline, which its variables get too; `range` gives them its elements instead. */
  pipeline(pipeline: Pipeline, dot: Value, ranging = false): Value {
    let value: Final = NO_FINAL;
    for (const command of pipeline.commands) value = this.#command(command, dot, value);
    const result = value === NO_FINAL ? undefined : value;
    if (!ranging) {
      for (const name of pipeline.variables) {
        if (pipeline.assigns) this.state.assign(pipeline.position, name, result);
        else this.state.declare(name, result);
      }
    }
    return result;
  }

  #command(command: Command, dot: Value, final: Final): Value {
    this.state.step();
    const [first, ...rest] = command.operands;
    if (!first) return undefined;
    const given = rest.length > 0 || final !== NO_FINAL;
    switch (first.kind) {
      case "function":
        return this.#function(first.name, command, rest, dot, final);
      case "field":
      case "variable":
      case "chain":
        return this.#fields(first, dot, rest, final);
      case "nil":
        return this.state.fail(first.position, "nil", "nil is not a command");
      default: {
        if (given) {
          const text = operandText(first);
          this.state.fail(first.position, text, `can't give argument to non-function ${text}`);
        }
        return this.#operand(first, dot);
      }
    }
  }

  /** The value of an operand that stands for itself or as an argument. */
  #operand(node: Operand, dot: Value): Value {
    switch (node.kind) {
      case "dot":
        return dot;
      case "nil":
        return null;
      case "literal":
        return node.value;
      case "pipeline":
        return this.pipeline(node, dot);
      case "function":
        return this.#function(node.name, { position: node.position, operands: [node] }, [], dot, NO_FINAL);
      default:
        return this.#fields(node, dot, [], NO_FINAL);
    }
  }

  /** Follows a chain of fields; arguments belong to the last one. */
  #fields(
    node: Extract<Operand, { kind: "field" | "variable" | "chain" }>,
    dot: Value,
    rest: readonly Operand[],
    final: Final,
  ): Value {
    const text = operandText(node);
    let value: Value;
    if (node.kind === "field") value = dot;
    else if (node.kind === "chain") value = this.#operand(node.base, dot);
    else value = this.state.value(node.name);
    const args = () => this.#arguments(rest, dot, final);
    if (node.names.length === 0 && (rest.length > 0 || final !== NO_FINAL)) {
      this.state.fail(node.position, text, `can't give argument to non-function ${text}`);
    }
    for (const [i, name] of node.names.entries()) {
      const last = i === node.names.length - 1;
      if (value instanceof Row) value = this.#method(node.position, text, value, name, last ? args() : []);
      else {
        if (last && (rest.length > 0 || final !== NO_FINAL)) {
          this.state.fail(node.position, text, `${name} is not a method but has arguments`);
        }
        value = this.#guard(node.position, text, () => takeField(value, name));
      }
    }
    return value;
  }

  #method(position: number, context: string, row: Row, name: string, args: readonly Value[]): Value {
    const method = Object.hasOwn(row.methods, name) ? row.methods[name] : undefined;
    if (!method) this.state.fail(position, context, `can't evaluate field ${name} in type ${row.typeName}`);
    if (args.length !== method.length) {
      this.state.fail(
        position,
        context,
        `wrong number of args for ${name}: want ${method.length} got ${args.length}`,
      );
    }
    return (method as (...args: readonly Value[]) => Value)(...args);
  }

  #arguments(rest: readonly Operand[], dot: Value, final: Final): Value[] {
    const values = rest.map((operand) => this.#operand(operand, dot));
    if (final !== NO_FINAL) values.push(final);
    return values;
  }

  #function(name: string, command: Command, rest: readonly Operand[], dot: Value, final: Final): Value {
    const context = commandText(command);
    if (name === "and" || name === "or") return this.#shortCircuit(name, command, rest, dot, final);
    if (name === "call") return this.#callValue(command, rest, dot, final);
    const target = this.state.functions[name];
    if (!target)
      this.state.fail(command.position, context, `${JSON.stringify(name)} is not a defined function`);
    const count = rest.length + (final === NO_FINAL ? 0 : 1);
    const wanted = target.parameters.length;
    if (count < wanted || (count > wanted && !target.rest)) {
      const want = target.rest ? `at least ${wanted}` : String(wanted);
      this.state.fail(
        command.position,
        context,
        `wrong number of args for ${name}: want ${want} got ${count}`,
      );
    }
    const args = this.#arguments(rest, dot, final);
    for (const [i, value] of args.entries()) {
      const operand = rest[i];
      const position = operand?.position ?? command.position;
      const literal = operand?.kind === "literal" ? operand.text : undefined;
      const problem = checkArguments(target.parameters[i] ?? target.rest ?? "any", value, literal);
      if (problem) this.state.fail(position, operand ? operandText(operand) : context, problem);
    }
    return this.#guard(command.position, context, () => target.call(...args), `error calling ${name}: `);
  }

  #shortCircuit(
    name: "and" | "or",
    command: Command,
    rest: readonly Operand[],
    dot: Value,
    final: Final,
  ): Value {
    if (rest.length === 0 && final === NO_FINAL) {
      const context = commandText(command);
      this.state.fail(command.position, context, `wrong number of args for ${name}: want at least 1 got 0`);
    }
    let value: Value;
    for (const operand of rest) {
      value = this.#operand(operand, dot);
      if (truth(value) === (name === "or")) return value;
    }
    return final === NO_FINAL ? value : final;
  }

  /** There are no function values in the data, so `call` always fails; it says why. */
  #callValue(command: Command, rest: readonly Operand[], dot: Value, final: Final): never {
    const context = commandText(command);
    const [value] = this.#arguments(rest, dot, final);
    if (rest.length === 0 && final === NO_FINAL) {
      this.state.fail(command.position, context, "wrong number of args for call: want at least 1 got 0");
    }
    const what = rest[0] ? operandText(rest[0]) : context;
    const type = kindOf(value) === "nil" ? "call of nil" : `non-function ${what} of type ${typeof value}`;
    return this.state.fail(command.position, context, `error calling call: ${type}`);
  }

  #guard<T>(position: number, context: string, work: () => T, prefix = ""): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof CallError) this.state.fail(position, context, prefix + error.message);
      throw error;
    }
  }
}
