import { characterValue, numberValue, unquote } from "./literals.ts";
import { type Command, type Operand, operandText, type Pipeline } from "./nodes.ts";
import type { Token, TokenType } from "./token.ts";
import type { TokenReader } from "./token-reader.ts";

const OPERAND_START: ReadonlySet<TokenType> = new Set<TokenType>([
  "bool",
  "char",
  "dot",
  "field",
  "identifier",
  "number",
  "nil",
  "rawString",
  "string",
  "variable",
  "leftParen",
]);

/** Parentheses nest no deeper than this: the parser is recursive. */
const MAX_DEPTH = 200;

/** Parses the inside of an action: `$x := .A | f 1 "b"`. */
export class PipelineParser {
  /** Names of the variables in scope; `$` is the data itself. */
  variables: string[] = ["$"];
  #depth = 0;

  constructor(
    private readonly tokens: TokenReader,
    private readonly functions: ReadonlySet<string>,
  ) {}

  parse(context: string, end: TokenType): Pipeline {
    if (++this.#depth > MAX_DEPTH) this.tokens.fail("max expression depth exceeded");
    const position = this.tokens.peekSolid().position;
    const { variables, assigns } = this.#declarations(context);
    const commands: Command[] = [];
    for (;;) {
      const token = this.tokens.nextSolid();
      if (token.type === end) break;
      if (!OPERAND_START.has(token.type)) this.tokens.unexpected(token, context);
      this.tokens.back(token);
      commands.push(this.#command());
    }
    this.#check(commands, context);
    this.#depth--;
    return { kind: "pipeline", position, variables, assigns, commands };
  }

  #check(commands: readonly Command[], context: string): void {
    if (commands.length === 0) this.tokens.fail(`missing value for ${context}`);
    for (const [stage, command] of commands.entries()) {
      const kind = command.operands[0]?.kind;
      if (stage > 0 && (kind === "literal" || kind === "dot" || kind === "nil")) {
        this.tokens.fail(`non executable command in pipeline stage ${stage + 1}`);
      }
    }
  }

  #declarations(context: string): { variables: string[]; assigns: boolean } {
    const first = this.tokens.peekSolid();
    if (first.type !== "variable") return { variables: [], assigns: false };
    const read = [this.tokens.nextSolid()];
    const after = this.#skipSpace(read);
    if (after.type === "declare" || after.type === "assign") {
      this.tokens.nextSolid();
      return this.#declared([first.text], after.type === "assign");
    }
    if (after.text === "," && after.type === "other") {
      this.tokens.nextSolid();
      if (context !== "range") this.tokens.fail(`too many declarations in ${context}`);
      const second = this.tokens.nextSolid();
      if (second.type !== "variable") this.tokens.fail("range can only initialize variables");
      const sign = this.tokens.nextSolid();
      if (sign.type === "other" && sign.text === ",") this.tokens.fail("too many declarations in range");
      if (sign.type !== "declare" && sign.type !== "assign") this.tokens.unexpected(sign, "range");
      return this.#declared([first.text, second.text], sign.type === "assign");
    }
    for (const token of read.reverse()) this.tokens.back(token);
    return { variables: [], assigns: false };
  }

  /** Looks past spaces, remembering them so that they can be put back. */
  #skipSpace(read: Token[]): Token {
    while (this.tokens.peek().type === "space") read.push(this.tokens.next());
    return this.tokens.peek();
  }

  #declared(names: string[], assigns: boolean): { variables: string[]; assigns: boolean } {
    if (assigns) for (const name of names) this.#use(name);
    else this.variables.push(...names);
    return { variables: names, assigns };
  }

  #use(name: string): void {
    if (!this.variables.includes(name)) this.tokens.fail(`undefined variable ${JSON.stringify(name)}`);
  }

  #command(): Command {
    const operands: Operand[] = [];
    const position = this.tokens.peekSolid().position;
    for (;;) {
      this.tokens.peekSolid();
      const operand = this.#operand();
      if (operand) operands.push(operand);
      const token = this.tokens.next();
      if (token.type === "space") continue;
      if (token.type === "rightDelim" || token.type === "rightParen") this.tokens.back(token);
      else if (token.type !== "pipe") this.tokens.unexpected(token, "operand");
      break;
    }
    if (operands.length === 0) this.tokens.fail("empty command");
    return { position, operands };
  }

  /** A term and the fields that hang on it. */
  #operand(): Operand | undefined {
    const base = this.#term();
    if (!base) return undefined;
    if (this.tokens.peek().type !== "field") return base;
    const position = this.tokens.peek().position;
    const names: string[] = [];
    while (this.tokens.peek().type === "field") names.push(this.tokens.next().text.slice(1));
    if (base.kind === "field") return { kind: "field", position, names: [...base.names, ...names] };
    if (base.kind === "variable") return { ...base, position, names: [...base.names, ...names] };
    if (base.kind === "literal" || base.kind === "nil" || base.kind === "dot") {
      this.tokens.fail(`unexpected . after term ${JSON.stringify(operandText(base))}`);
    }
    return { kind: "chain", position, base, names };
  }

  #term(): Operand | undefined {
    const token = this.tokens.nextSolid();
    const { type, text, position } = token;
    switch (type) {
      case "identifier":
        if (!this.functions.has(text)) this.tokens.fail(`function ${JSON.stringify(text)} not defined`);
        return { kind: "function", position, name: text };
      case "dot":
        return { kind: "dot", position };
      case "nil":
        return { kind: "nil", position };
      case "variable":
        this.#use(text);
        return { kind: "variable", position, name: text, names: [] };
      case "field":
        return { kind: "field", position, names: [text.slice(1)] };
      case "bool":
        return { kind: "literal", position, text, value: text === "true" };
      case "leftParen":
        return this.parse("parenthesized pipeline", "rightParen");
      case "number":
      case "char":
      case "string":
      case "rawString":
        return this.#literal(token);
      default:
        this.tokens.back(token);
        return undefined;
    }
  }

  #literal({ type, text, position }: Token): Operand {
    if (type === "rawString") return { kind: "literal", position, text, value: text.slice(1, -1) };
    if (type === "string") {
      return { kind: "literal", position, text, value: unquote(text) ?? this.tokens.fail("invalid syntax") };
    }
    if (type === "char") {
      const value = characterValue(text) ?? this.tokens.fail(`malformed character constant: ${text}`);
      return { kind: "literal", position, text, value };
    }
    const value = numberValue(text) ?? this.tokens.fail(`bad number syntax: ${JSON.stringify(text)}`);
    return { kind: "literal", position, text, value };
  }
}
