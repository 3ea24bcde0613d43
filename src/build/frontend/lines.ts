import type { EscapeCharacter } from "./directives.ts";
import { parseError, type SourceRange } from "./errors.ts";
import { trimEnd, trimStart } from "./space.ts";

/** Docker's limit on one line; longer ones are always a mistake or an attack. */
const LONGEST_LINE = 65_535;

/** One instruction's text with its continuations joined, and where it stands. */
export interface LogicalLine {
  readonly text: string;
  readonly range: SourceRange;
  /** An empty line stood inside a continuation; Docker warns of it. */
  readonly emptyContinuation: boolean;
}

/** Splits a file into lines that keep their ends, as heredoc bodies need them. The BOM goes. */
export function splitLines(text: string): string[] {
  const whole = text.startsWith("\uFEFF") ? text.slice(1) : text;
  const lines = whole.split("\n").map((line) => `${line}\n`);
  const last = lines.pop() as string;
  if (last !== "\n") lines.push(last.slice(0, -1));
  return lines;
}

/** A line without `\n` or `\r\n` at its end. */
export function withoutEnd(line: string): string {
  let end = line.length;
  while (line[end - 1] === "\n" || line[end - 1] === "\r") end--;
  return line.slice(0, end);
}

function isComment(line: string): boolean {
  return trimStart(line).startsWith("#");
}

/**
 * The text before a continuation character at the end of the line, or undefined when the line does not continue.
 * Blanks may follow the character; an escaped one (two in a row) does not continue.
 */
function continued(line: string, escapeWith: EscapeCharacter): string | undefined {
  let end = line.length;
  while (end > 0 && (line[end - 1] === " " || line[end - 1] === "\t")) end--;
  if (line[end - 1] !== escapeWith || line[end - 2] === escapeWith) return undefined;
  return line.slice(0, end - 1);
}

/** Walks a Dockerfile line by line: logical lines and, when an instruction asks for them, heredoc bodies. */
export class LineReader {
  readonly #lines: readonly string[];
  readonly #escape: EscapeCharacter;
  #next = 0;

  constructor(lines: readonly string[], escapeWith: EscapeCharacter) {
    this.#lines = lines;
    this.#escape = escapeWith;
  }

  /** Number of the line read last. */
  get line(): number {
    return this.#next;
  }

  #read(): string | undefined {
    const line = this.#lines[this.#next];
    if (line === undefined) return undefined;
    this.#next++;
    if (line.length > LONGEST_LINE) {
      throw parseError(this.#next, `dockerfile line greater than max allowed size of ${LONGEST_LINE}`);
    }
    return line;
  }

  /** The next instruction's text, or undefined at the end of the file. */
  logicalLine(): LogicalLine | undefined {
    for (let raw = this.#read(); raw !== undefined; raw = this.#read()) {
      const first = trimStart(withoutEnd(raw));
      if (first === "" || first.startsWith("#")) continue;
      const start = this.#next;
      const { text, emptyContinuation } = this.#join(first);
      if (trimEnd(text) === "") continue;
      return { text, range: { start, end: this.#next }, emptyContinuation };
    }
    return undefined;
  }

  #join(first: string): { text: string; emptyContinuation: boolean } {
    let head = continued(first, this.#escape);
    if (head === undefined) return { text: first, emptyContinuation: false };
    const parts = [head];
    let emptyContinuation = false;
    for (let raw = this.#read(); raw !== undefined; raw = this.#read()) {
      const line = withoutEnd(raw);
      if (isComment(line)) continue;
      if (trimStart(line) === "") {
        emptyContinuation = true;
        continue;
      }
      head = continued(line, this.#escape);
      parts.push(head ?? line);
      if (head === undefined) break;
    }
    return { text: parts.join(""), emptyContinuation };
  }

  /**
   * The lines of a heredoc up to its terminator, ends kept.
   * @throws invalid when the file ends before the terminator
   */
  heredocBody(name: string, stripTabs: boolean, start: number): string {
    const body: string[] = [];
    for (let raw = this.#read(); raw !== undefined; raw = this.#read()) {
      const line = withoutEnd(raw);
      if ((stripTabs ? line.replace(/^\t+/, "") : line) === name) return body.join("");
      body.push(raw);
    }
    throw parseError(start, `unterminated heredoc: no line ${JSON.stringify(name)} follows`);
  }
}
