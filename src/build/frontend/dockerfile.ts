import { invalid } from "../../core/index.ts";
import { type Directives, readDirectives } from "./directives.ts";
import { parseError, type SourceRange } from "./errors.ts";
import { splitHead } from "./head.ts";
import { type Heredoc, heredocStarts } from "./heredoc.ts";
import type { ArgInstruction, FromInstruction, Instruction, StageInstruction } from "./instruction.ts";
import { LineReader, type LogicalLine, splitLines, withoutEnd } from "./lines.ts";
import { parseInstruction } from "./parse/index.ts";
import { trim } from "./space.ts";
import { jsonArray } from "./words.ts";

/** One FROM and what follows it. */
export interface Stage {
  readonly index: number;
  readonly from: FromInstruction;
  readonly instructions: readonly StageInstruction[];
}

export interface Dockerfile {
  /** Name for messages. */
  readonly file: string;
  readonly directives: Directives;
  /** ARG instructions before the first FROM. */
  readonly globalArgs: readonly ArgInstruction[];
  /** At least one. */
  readonly stages: readonly Stage[];
  /** Lines of advice, in Docker's words. */
  readonly warnings: readonly string[];
}

/** Far above any Dockerfile that people write; keeps a hostile one from filling the memory. */
const MOST_INSTRUCTIONS = 4096;
const MOST_STAGES = 500;
const LARGEST_FILE = 8 << 20;

const HEREDOC_INSTRUCTIONS = new Set(["RUN", "COPY", "ADD"]);

/**
 * Reads a Dockerfile: directives, continuations, comments, here-documents, every instruction with its flags and
 * place. No variable is expanded and no file looked at.
 * @throws invalid with Docker's words and the line
 */
export function parseDockerfile(text: string, file = "Dockerfile"): Dockerfile {
  if (text.length > LARGEST_FILE) throw invalid(`${file} is larger than ${LARGEST_FILE} bytes`);
  const lines = splitLines(text);
  const nul = lines.findIndex((line) => line.includes("\0"));
  if (nul >= 0) throw parseError(nul + 1, "NUL character in the file");
  const directives = readDirectives(lines.map(withoutEnd));
  const reader = new LineReader(lines, directives.escape);
  const warnings: string[] = [];
  const globalArgs: ArgInstruction[] = [];
  const stages: { index: number; from: FromInstruction; instructions: StageInstruction[] }[] = [];
  let count = 0;
  for (let line = reader.logicalLine(); line !== undefined; line = reader.logicalLine()) {
    if (++count > MOST_INSTRUCTIONS) {
      throw parseError(line.range.start, `more than ${MOST_INSTRUCTIONS} instructions`);
    }
    if (line.emptyContinuation) warnings.push(`Empty continuation line found in: ${line.text}`);
    const instruction = readInstruction(line, reader, directives, file);
    const stage = stages.at(-1);
    if (instruction.kind === "from") {
      if (stages.length === MOST_STAGES) {
        throw parseError(line.range.start, `more than ${MOST_STAGES} build stages`);
      }
      stages.push({ index: stages.length, from: instruction, instructions: [] });
    } else if (stage) stage.instructions.push(instruction);
    else if (instruction.kind === "arg") globalArgs.push(instruction);
    else
      throw parseError(line.range.start, "no build stage in current context: the first instruction is FROM");
  }
  if (count === 0) throw invalid(`${file}: file with no instructions`);
  if (stages.length === 0) throw invalid(`${file}: no build stage in current context: there is no FROM`);
  return { file, directives, globalArgs, stages, warnings };
}

function readInstruction(
  line: LogicalLine,
  reader: LineReader,
  directives: Directives,
  file: string,
  place?: SourceRange,
): Instruction {
  const head = splitHead(line.text);
  const heredocs = readHeredocs(line, reader);
  return parseInstruction({
    ...head,
    escape: directives.escape,
    heredocs,
    file,
    range: place ?? { start: line.range.start, end: reader.line },
    text: trim(line.text),
  });
}

function readHeredocs(line: LogicalLine, reader: LineReader): Heredoc[] {
  if (!line.text.includes("<<")) return [];
  let head = splitHead(line.text);
  if (head.name === "ONBUILD") head = splitHead(head.rest);
  if (!HEREDOC_INSTRUCTIONS.has(head.name) || jsonArray(head.rest) !== undefined) return [];
  return heredocStarts(line.text).map((start) => ({
    ...start,
    body: reader.heredocBody(start.name, start.stripTabs, line.range.start),
  }));
}

/** Parses one ONBUILD trigger of a base image; its place is the FROM line that brought it. @throws invalid */
export function parseTrigger(expression: string, range: SourceRange, file: string): StageInstruction {
  const reader = new LineReader(splitLines(expression), "\\");
  const line = reader.logicalLine();
  if (line === undefined) throw parseError(range.start, "empty ONBUILD trigger in the base image");
  const instruction = readInstruction(line, reader, { escape: "\\" }, file, range);
  if (instruction.kind === "from" || instruction.kind === "onbuild" || reader.logicalLine()) {
    throw parseError(range.start, `invalid ONBUILD trigger in the base image: ${line.text}`);
  }
  return instruction;
}
