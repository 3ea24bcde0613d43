import { dockerFunctions } from "./docker-functions.ts";
import { evaluate } from "./evaluate.ts";
import { builtinFunctions, type TemplateFunction } from "./functions.ts";
import { parseTemplate } from "./parser.ts";
import type { Value } from "./value.ts";

export type { TemplateFunction } from "./functions.ts";
export { jsonOf } from "./json-of.ts";
export { goString } from "./print-value.ts";
export { TemplateError } from "./template-error.ts";
export { Float, markStruct, nilList, nilMap, Row, type StructType, Timestamp, type Value } from "./value.ts";

const standard: Readonly<Record<string, TemplateFunction>> = { ...builtinFunctions, ...dockerFunctions };

/** A template ready to be run any number of times. @throws TemplateError from `execute` too */
export interface Template {
  execute(data: Value): string;
}

/**
 * Compiles a template in the language of Go's text/template with Docker's functions. `functions` replace or add to
 * them. Pure: it reads and writes nothing. @throws TemplateError
 */
export function compileTemplate(
  source: string,
  functions: Readonly<Record<string, TemplateFunction>> = {},
): Template {
  const known = { ...standard, ...functions };
  const parsed = parseTemplate(source, new Set([...Object.keys(known), "and", "or", "call"]));
  return { execute: (data) => evaluate(parsed, known, data) };
}
