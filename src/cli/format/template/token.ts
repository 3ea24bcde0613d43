export type TokenType =
  | "text"
  | "leftDelim"
  | "rightDelim"
  | "space"
  | "string"
  | "rawString"
  | "char"
  | "number"
  | "bool"
  | "identifier"
  | "field"
  | "variable"
  | "dot"
  | "nil"
  | "keyword"
  | "pipe"
  | "leftParen"
  | "rightParen"
  | "declare"
  | "assign"
  | "other"
  | "error"
  | "eof";

export interface Token {
  readonly type: TokenType;
  readonly text: string;
  /** Offset in the source. */
  readonly position: number;
}

export const KEYWORDS: ReadonlySet<string> = new Set([
  "block",
  "break",
  "continue",
  "define",
  "else",
  "end",
  "if",
  "range",
  "template",
  "with",
]);

/** A token as Go's parser shows it in errors. */
export function describeToken(token: Token): string {
  if (token.type === "eof") return "EOF";
  if (token.type === "error") return token.text;
  if (token.type === "keyword" || token.type === "dot" || token.type === "nil") return `<${token.text}>`;
  const short = [...token.text];
  return short.length > 10 ? `${JSON.stringify(short.slice(0, 10).join(""))}...` : JSON.stringify(token.text);
}
