import { KEYWORDS, type Token, type TokenType } from "./token.ts";

const LEFT = "{{";
const RIGHT = "}}";
const COMMENT_START = "/*";
const COMMENT_END = "*/";
const NUMBER = /[+-]?(?:0[xX][0-9a-fA-F_]+|0[bB][01_]+|0[oO][0-7_]+|[0-9_]*\.?[0-9_]*(?:[eE][+-]?[0-9_]+)?)/y;
const WORD = /[\p{L}\p{Nd}_]+/uy;
const SPACES = /[ \t\r\n]+/y;
const SPACE = /[ \t\r\n]/;

/**
 * Splits a template into tokens, one at a time, by the rules of Go's text/template: `{{-` and `-}}` trim the text
 * beside them, and need a space on their inner side. After an "error" or "eof" token there is nothing more.
 */
export class Lexer {
  #at = 0;
  #inside = false;
  #parens = 0;
  #trimNext = false;

  constructor(readonly source: string) {}

  next(): Token {
    return this.#inside ? this.#insideAction() : this.#text();
  }

  #token(type: TokenType, start: number, text = this.source.slice(start, this.#at)): Token {
    return { type, text, position: start };
  }

  #error(message: string, position = this.#at): Token {
    return { type: "error", text: message, position };
  }

  #text(): Token {
    const { source } = this;
    for (;;) {
      const start = this.#at;
      const open = source.indexOf(LEFT, start);
      const end = open < 0 ? source.length : open;
      const trimsLeft = open >= 0 && source[open + 2] === "-" && SPACE.test(source[open + 3] ?? "");
      let text = source.slice(start, end);
      if (this.#trimNext) text = text.replace(/^[ \t\r\n]+/, "");
      if (trimsLeft) text = text.replace(/[ \t\r\n]+$/, "");
      this.#trimNext = false;
      this.#at = end;
      if (text !== "") return this.#token("text", start, text);
      if (open < 0) return this.#token("eof", end, "");
      const inner = open + 2 + (trimsLeft ? 2 : 0);
      if (source.startsWith(COMMENT_START, inner)) {
        const fault = this.#skipComment(inner);
        if (fault) return fault;
        continue;
      }
      this.#at = trimsLeft ? open + 3 : open + 2;
      this.#inside = true;
      this.#parens = 0;
      return this.#token("leftDelim", open);
    }
  }

  #skipComment(start: number): Token | undefined {
    const close = this.source.indexOf(COMMENT_END, start + 2);
    if (close < 0) return this.#error("unclosed comment", start);
    const after = close + 2;
    const trims = this.#trimsRight(after);
    if (!trims && !this.source.startsWith(RIGHT, after)) {
      return this.#error("comment ends before closing delimiter", start);
    }
    this.#trimNext = trims;
    this.#at = after + (trims ? 4 : 2);
    return undefined;
  }

  /** ` -}}` begins here. */
  #trimsRight(at: number): boolean {
    return SPACE.test(this.source[at] ?? "") && this.source.startsWith(`-${RIGHT}`, at + 1);
  }

  #insideAction(): Token {
    const { source } = this;
    const start = this.#at;
    const trims = this.#trimsRight(start);
    if (trims || source.startsWith(RIGHT, start)) {
      if (this.#parens > 0) return this.#error("unclosed left paren");
      this.#at = start + (trims ? 4 : 2);
      this.#trimNext = trims;
      this.#inside = false;
      return this.#token("rightDelim", start, RIGHT);
    }
    const c = source[start];
    if (c === undefined) return this.#error("unclosed action");
    if (SPACE.test(c)) {
      SPACES.lastIndex = start;
      const spaces = SPACES.exec(source)?.[0] ?? c;
      this.#at = start + spaces.length;
      // The last space may belong to a closing ` -}}`.
      if (spaces.length > 1 && this.#trimsRight(this.#at - 1)) this.#at--;
      return this.#token("space", start);
    }
    if (c === '"') return this.#quoted(start, '"', "string", "unterminated quoted string");
    if (c === "'") return this.#quoted(start, "'", "char", "unterminated character constant");
    if (c === "`") return this.#raw(start);
    if (c === "$") return this.#nameAfter(start, "variable");
    if (c === ".") {
      return /[0-9]/.test(source[start + 1] ?? "") ? this.#number(start) : this.#nameAfter(start, "field");
    }
    if (/[0-9+-]/.test(c)) return this.#number(start);
    WORD.lastIndex = start;
    if (WORD.test(source)) return this.#word(start);
    return this.#punctuation(start, c);
  }

  #punctuation(start: number, c: string): Token {
    const single: Record<string, TokenType> = { "=": "assign", "|": "pipe" };
    if (c === ":") {
      if (this.source[start + 1] !== "=") return this.#error("expected :=");
      this.#at = start + 2;
      return this.#token("declare", start);
    }
    this.#at = start + 1;
    if (c === "(") {
      this.#parens++;
      return this.#token("leftParen", start);
    }
    if (c === ")") {
      this.#parens--;
      if (this.#parens < 0) return this.#error("unexpected right paren");
      return this.#token("rightParen", start);
    }
    const type = single[c];
    if (type) return this.#token(type, start);
    if (c > " " && c <= "~") return this.#token("other", start);
    return this.#error(`unrecognized character in action: ${unicodeName(this.source, start)}`);
  }

  #quoted(start: number, quote: string, type: TokenType, unterminated: string): Token {
    for (let at = start + 1; at < this.source.length; at++) {
      const c = this.source[at];
      if (c === "\n") break;
      if (c === "\\") {
        at++;
        if (this.source[at] === "\n") break;
      } else if (c === quote) {
        this.#at = at + 1;
        return this.#token(type, start);
      }
    }
    return this.#error(unterminated, start);
  }

  #raw(start: number): Token {
    const end = this.source.indexOf("`", start + 1);
    if (end < 0) return this.#error("unterminated raw quoted string", start);
    this.#at = end + 1;
    return this.#token("rawString", start);
  }

  /** `.Name` or `$name`; alone they are the dot and the root variable. */
  #nameAfter(start: number, type: "field" | "variable"): Token {
    WORD.lastIndex = start + 1;
    const name = WORD.exec(this.source)?.[0] ?? "";
    this.#at = start + 1 + name.length;
    const fault = this.#endOfWord();
    if (fault) return fault;
    return this.#token(name === "" && type === "field" ? "dot" : type, start);
  }

  #word(start: number): Token {
    WORD.lastIndex = start;
    const word = WORD.exec(this.source)?.[0] ?? "";
    this.#at = start + word.length;
    const fault = this.#endOfWord();
    if (fault) return fault;
    if (KEYWORDS.has(word)) return this.#token("keyword", start);
    if (word === "true" || word === "false") return this.#token("bool", start);
    return this.#token(word === "nil" ? "nil" : "identifier", start);
  }

  /** A word ends at a space, a delimiter or one of `. , | : ( )`. */
  #endOfWord(): Token | undefined {
    const c = this.source[this.#at];
    if (c === undefined || SPACE.test(c) || ".,|:()=".includes(c)) return undefined;
    if (this.source.startsWith(RIGHT, this.#at)) return undefined;
    return this.#error(`bad character ${unicodeName(this.source, this.#at)}`);
  }

  #number(start: number): Token {
    NUMBER.lastIndex = start;
    const text = NUMBER.exec(this.source)?.[0] ?? "";
    this.#at = start + text.length;
    WORD.lastIndex = this.#at;
    const stray = WORD.test(this.source);
    if (stray || text === "" || !/[0-9]/.test(text)) {
      const shown = this.source.slice(start, this.#at + 1);
      return this.#error(`bad number syntax: ${JSON.stringify(shown)}`, start);
    }
    return this.#token("number", start);
  }
}

/** `U+0041 'A'`, as Go's %#U. */
function unicodeName(source: string, at: number): string {
  const point = source.codePointAt(at) ?? 0;
  const code = `U+${point.toString(16).toUpperCase().padStart(4, "0")}`;
  return point >= 32 && point !== 127 ? `${code} '${String.fromCodePoint(point)}'` : code;
}
