import { Lexer } from "./lexer.ts";
import { TemplateError } from "./template-error.ts";
import { describeToken, type Token } from "./token.ts";

/** Tokens with look-ahead, and errors that say the line. */
export class TokenReader {
  readonly #lexer: Lexer;
  readonly #ahead: Token[] = [];
  #line = 1;
  #seen = 0;

  constructor(readonly source: string) {
    this.#lexer = new Lexer(source);
  }

  next(): Token {
    const token = this.#ahead.pop() ?? this.#lexer.next();
    // The line of the token read last; a pushed-back one does not count twice.
    if (token.position > this.#seen) {
      for (let i = this.#seen; i < token.position; i++) if (this.source[i] === "\n") this.#line++;
      this.#seen = token.position;
    }
    return token;
  }

  back(token: Token): void {
    this.#ahead.push(token);
  }

  peek(): Token {
    const token = this.next();
    this.back(token);
    return token;
  }

  /** The next token that is no space. */
  nextSolid(): Token {
    let token = this.next();
    while (token.type === "space") token = this.next();
    return token;
  }

  peekSolid(): Token {
    const token = this.nextSolid();
    this.back(token);
    return token;
  }

  /** @throws TemplateError always */
  fail(message: string): never {
    throw new TemplateError(`template: :${this.#line}: ${message}`);
  }

  unexpected(token: Token, context: string): never {
    if (token.type === "error") this.fail(token.text);
    return this.fail(`unexpected ${describeToken(token)} in ${context}`);
  }
}
