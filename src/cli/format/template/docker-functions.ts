import type { TemplateFunction } from "./functions.ts";
import { jsonOf } from "./json-of.ts";
import type { Value } from "./value.ts";

/** The functions that Docker adds to templates. */
export const dockerFunctions: Readonly<Record<string, TemplateFunction>> = {
  json: { parameters: ["any"], call: (value) => jsonOf(value) },
  split: { parameters: ["string", "string"], call: (text, by) => split(text as string, by as string) },
  join: {
    parameters: ["strings", "string"],
    call: (list, by) => ((list ?? []) as readonly string[]).join(by as string),
  },
  title: {
    parameters: ["string"],
    call: (text) => (text as string).replace(/(?<![\p{L}\p{Nd}_'])\p{L}/gu, (c) => c.toUpperCase()),
  },
  lower: { parameters: ["string"], call: (text) => (text as string).toLowerCase() },
  upper: { parameters: ["string"], call: (text) => (text as string).toUpperCase() },
  pad: {
    parameters: ["string", "int", "int"],
    call: (text, before, after) => (text === "" ? "" : spaces(before) + (text as string) + spaces(after)),
  },
  truncate: {
    parameters: ["string", "int"],
    call: (text, length) => truncate(text as string, Number(length)),
  },
};

/** As in Go, an empty separator gives the characters. */
function split(text: string, by: string): string[] {
  return by === "" ? [...text] : text.split(by);
}

/** More than anyone pads a column to. */
const MAX_PAD = 10_000;

function spaces(count: Value): string {
  return " ".repeat(Math.min(MAX_PAD, Math.max(0, Number(count))));
}

function truncate(text: string, length: number): string {
  const bytes = Buffer.from(text);
  return bytes.length <= length || length < 0 ? text : bytes.subarray(0, length).toString();
}
