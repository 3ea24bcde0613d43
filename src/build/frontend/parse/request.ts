import { type BerthError, nearest } from "../../../core/index.ts";
import type { EscapeCharacter } from "../directives.ts";
import { parseError, placeError } from "../errors.ts";
import type { Head } from "../head.ts";
import type { Heredoc } from "../heredoc.ts";
import type { Origin } from "../instruction.ts";
import { jsonArray } from "../words.ts";

/** One instruction on its way from text to its typed form. */
export interface ParseRequest extends Head, Origin {
  readonly escape: EscapeCharacter;
  readonly heredocs: readonly Heredoc[];
  /** Name of the Dockerfile, for messages. */
  readonly file: string;
}

export function mistake(request: ParseRequest, message: string): BerthError {
  return parseError(request.range.start, message);
}

export function origin(request: ParseRequest): Origin {
  return { range: request.range, text: request.text };
}

/** Flags of the language that this builder does not carry out yet. */
const PLANNED: Record<string, readonly string[]> = {
  RUN: ["mount", "security", "device"],
  COPY: ["link", "parents", "exclude"],
  ADD: ["link", "exclude", "checksum", "keep-git-dir", "unpack"],
};

/**
 * The values of an instruction's flags, all of which take one.
 * @throws invalid on an unknown or repeated flag and on one without a value, naming flag and line
 */
export function readFlags<Name extends string>(
  request: ParseRequest,
  known: readonly Name[],
): Partial<Record<Name, string>> {
  const values: Partial<Record<Name, string>> = {};
  for (const { name, value } of request.flags) {
    if (PLANNED[request.name]?.includes(name)) {
      throw placeError(
        request.file,
        request.range,
        `${request.name} --${name} is not supported`,
        "unsupported",
      );
    }
    const flag = known.find((candidate) => candidate === name);
    if (flag === undefined) {
      const meant = nearest(name, known);
      throw mistake(request, `unknown flag: --${name}${meant ? ` (did you mean --${meant}?)` : ""}`);
    }
    if (values[flag] !== undefined) throw mistake(request, `duplicate flag specified: --${name}`);
    if (value === undefined) throw mistake(request, `missing a value on flag: --${name}`);
    values[flag] = value;
  }
  return values;
}

/** The JSON array that the arguments are, or undefined for any other text. @throws invalid unless all are strings */
export function readJson(request: ParseRequest, text = request.rest): string[] | undefined {
  const items = jsonArray(text);
  if (items === "not strings") {
    throw mistake(request, "when using JSON array syntax, arrays must be comprised of strings only");
  }
  return items;
}

/** The arguments, of which there must be some. */
export function required(request: ParseRequest): string {
  if (request.rest === "") throw mistake(request, `${request.name} requires at least one argument`);
  return request.rest;
}
