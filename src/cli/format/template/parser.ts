import { unquote } from "./literals.ts";
import type { Node, ParsedTemplate, Pipeline } from "./nodes.ts";
import { PipelineParser } from "./parse-pipeline.ts";
import type { Token } from "./token.ts";
import { TokenReader } from "./token-reader.ts";

/** Blocks nest no deeper than this: the parser and the evaluator are recursive. */
const MAX_DEPTH = 200;

/**
 * Parses a template of Go's text/template. `functions` are the names that may be called. @throws TemplateError
 */
export function parseTemplate(source: string, functions: ReadonlySet<string>): ParsedTemplate {
  return new Parser(source, functions).parse();
}

interface Block {
  nodes: Node[];
  /** What closed it. */
  end: "end" | "else";
}

class Parser {
  readonly #tokens: TokenReader;
  readonly #pipelines: PipelineParser;
  readonly #named = new Map<string, readonly Node[]>();
  #loops = 0;
  #depth = 0;

  constructor(
    readonly source: string,
    functions: ReadonlySet<string>,
  ) {
    this.#tokens = new TokenReader(source);
    this.#pipelines = new PipelineParser(this.#tokens, functions);
  }

  parse(): ParsedTemplate {
    const root: Node[] = [];
    for (;;) {
      const token = this.#tokens.next();
      if (token.type === "eof") break;
      if (token.type === "leftDelim" && this.#takeKeyword("define")) {
        this.#definition();
        continue;
      }
      const node = this.#node(token);
      if (node === "end" || node === "else") this.#tokens.fail(`unexpected {{${node}}}`);
      else root.push(node);
    }
    return { source: this.source, root, named: this.#named };
  }

  #takeKeyword(word: string): boolean {
    const token = this.#tokens.peekSolid();
    if (token.type !== "keyword" || token.text !== word) return false;
    this.#tokens.nextSolid();
    return true;
  }

  /** The nodes up to `{{end}}` or `{{else}}`. */
  #block(): Block {
    if (++this.#depth > MAX_DEPTH) this.#tokens.fail("template nests too deep");
    const nodes: Node[] = [];
    for (;;) {
      const token = this.#tokens.next();
      if (token.type === "eof") this.#tokens.fail("unexpected EOF");
      const node = this.#node(token);
      if (node === "end" || node === "else") {
        this.#depth--;
        return { nodes, end: node };
      }
      nodes.push(node);
    }
  }

  #node(token: Token): Node | "end" | "else" {
    if (token.type === "text") return { kind: "text", text: token.text };
    if (token.type !== "leftDelim") return this.#tokens.unexpected(token, "input");
    const keyword = this.#tokens.nextSolid();
    if (keyword.type !== "keyword") {
      this.#tokens.back(keyword);
      // An action declares its variables for what follows it.
      return { kind: "action", pipeline: this.#pipelines.parse("command", "rightDelim") };
    }
    switch (keyword.text) {
      case "if":
      case "with":
      case "range":
        return this.#control(keyword.text);
      case "end":
        this.#expectClose("end");
        return "end";
      case "else":
        return this.#else();
      case "break":
      case "continue":
        return this.#jump(keyword.text);
      case "template":
        return this.#template(keyword);
      case "block":
        return this.#blockNode(keyword);
      default:
        return this.#tokens.unexpected(keyword, "command");
    }
  }

  #expectClose(context: string): void {
    const token = this.#tokens.nextSolid();
    if (token.type !== "rightDelim") this.#tokens.unexpected(token, context);
  }

  #else(): "else" {
    const next = this.#tokens.peekSolid();
    // `{{else if}}` and `{{else with}}` are read by the block they continue.
    if (next.type === "keyword" && (next.text === "if" || next.text === "with")) return "else";
    this.#expectClose("else");
    return "else";
  }

  #jump(kind: "break" | "continue"): Node {
    this.#expectClose(`{{${kind}}}`);
    if (this.#loops === 0) this.#tokens.fail(`{{${kind}}} outside {{range}}`);
    return { kind };
  }

  #control(kind: "if" | "with" | "range"): Node {
    const scope = this.#pipelines.variables.length;
    const pipeline = this.#pipelines.parse(kind, "rightDelim");
    if (kind === "range") this.#loops++;
    const body = this.#block();
    if (kind === "range") this.#loops--;
    const otherwise = body.end === "else" ? this.#otherwise(kind) : [];
    this.#pipelines.variables.length = scope;
    return { kind, pipeline, body: body.nodes, otherwise };
  }

  #otherwise(kind: "if" | "with" | "range"): Node[] {
    const next = this.#tokens.peekSolid();
    if (next.type === "keyword" && (next.text === "if" || next.text === "with")) {
      if (next.text !== kind) this.#tokens.unexpected(next, "else");
      this.#tokens.nextSolid();
      // The chained block has no {{end}} of its own.
      if (++this.#depth > MAX_DEPTH) this.#tokens.fail("template nests too deep");
      const chained = this.#control(next.text);
      this.#depth--;
      return [chained];
    }
    const block = this.#block();
    if (block.end !== "end") this.#tokens.fail("expected end; found {{else}}");
    return block.nodes;
  }

  #name(context: string): string {
    const token = this.#tokens.nextSolid();
    if (token.type !== "string" && token.type !== "rawString") return this.#tokens.unexpected(token, context);
    if (token.type === "rawString") return token.text.slice(1, -1);
    return unquote(token.text) ?? this.#tokens.fail("invalid syntax");
  }

  #template(keyword: Token): Node {
    const { position } = this.#tokens.peekSolid();
    const name = this.#name("template clause");
    let pipeline: Pipeline | undefined;
    if (this.#tokens.peekSolid().type === "rightDelim") this.#tokens.nextSolid();
    else pipeline = this.#pipelines.parse("template clause", "rightDelim");
    return { kind: "template", position: position || keyword.position, name, ...(pipeline && { pipeline }) };
  }

  #definition(): void {
    const name = this.#name("define clause");
    this.#expectClose("define clause");
    this.#named.set(name, this.#isolated());
  }

  #blockNode(keyword: Token): Node {
    const name = this.#name("block clause");
    const pipeline = this.#pipelines.parse("block clause", "rightDelim");
    this.#named.set(name, this.#isolated());
    return { kind: "template", position: keyword.position, name, pipeline };
  }

  /** The body of a named template: it sees none of the variables around it. */
  #isolated(): Node[] {
    const { variables } = this.#pipelines;
    const loops = this.#loops;
    this.#pipelines.variables = ["$"];
    this.#loops = 0;
    const block = this.#block();
    if (block.end !== "end") this.#tokens.fail("unexpected {{else}} in define clause");
    this.#pipelines.variables = variables;
    this.#loops = loops;
    return block.nodes;
  }
}
