import { ApiError } from "../client/index.ts";
import { messageOf } from "../core/index.ts";
import type { CommandContext } from "./command.ts";
import { errorText } from "./error-report.ts";
import type { Shape } from "./format/shape.ts";

/** A kind of object that can be inspected. */
export interface InspectKind {
  path(name: string): string;
  query?: Record<string, string | boolean | undefined>;
  shape(): Promise<Shape>;
}

interface Found {
  json: string;
  kind: InspectKind;
}

/** Exit status of Docker for a template that cannot be parsed. */
const BAD_TEMPLATE = 64;

/**
 * Shows the named objects: as indented JSON, as JSON on one line (`json`), or by a template. A name is looked up among
 * the kinds in their order. Goes on after a failure; resolves to the exit status.
 */
export async function inspectNames(
  context: CommandContext,
  names: readonly string[],
  kinds: readonly InspectKind[],
): Promise<number> {
  const { out, err, args } = context;
  const format = args.string("format") ?? "";
  const writer = await writerFor(format);
  if (typeof writer === "string") {
    err.write(`${writer}\n`);
    return BAD_TEMPLATE;
  }
  const found: Found[] = [];
  const failures: string[] = [];
  for (const name of names) {
    try {
      found.push(await lookUp(context, name, kinds));
    } catch (error) {
      failures.push(errorText(error));
    }
  }
  try {
    out.write(await writer(found));
  } catch (error) {
    failures.push(errorText(error));
  }
  if (failures.length > 0) err.write(`${failures.join("\n")}\n`);
  return failures.length > 0 ? 1 : 0;
}

async function lookUp(
  { client }: CommandContext,
  name: string,
  kinds: readonly InspectKind[],
): Promise<Found> {
  for (const kind of kinds) {
    try {
      const json = await client.text("GET", kind.path(name), { query: kind.query });
      return { json: json.trim(), kind };
    } catch (error) {
      const missing = error instanceof ApiError && error.status === 404;
      if (!missing || kinds.length === 1) throw error;
    }
  }
  throw new Error(`Error: No such object: ${name}`);
}

type Writer = (found: readonly Found[]) => Promise<string>;

/** The writer for a format; what is wrong with the template otherwise. */
async function writerFor(format: string): Promise<Writer | string> {
  if (format === "json") return async (found) => `[${found.map(({ json }) => json).join(",")}]\n`;
  if (format === "") {
    const { indentJson } = await import("./format/json-indent.ts");
    return async (found) => `${indentJson(`[${found.map(({ json }) => json).join(",")}]`)}\n`;
  }
  const { compileTemplate, TemplateError } = await import("./format/template/index.ts");
  const { applyShape } = await import("./format/shape.ts");
  const wrong = (error: unknown) => `template parsing error: ${messageOf(error)}`;
  try {
    const template = compileTemplate(format);
    return async (found) => {
      let text = "";
      for (const { json, kind } of found) {
        const data = applyShape(JSON.parse(json), await kind.shape());
        try {
          text += `${template.execute(data)}\n`;
        } catch (error) {
          throw error instanceof TemplateError ? new Error(wrong(error)) : error;
        }
      }
      return text;
    };
  } catch (error) {
    if (error instanceof TemplateError) return wrong(error);
    throw error;
  }
}
