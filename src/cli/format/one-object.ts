import { messageOf } from "../../core/index.ts";
import type { CommandContext } from "../command.ts";
import { compileTemplate, jsonOf, Row, TemplateError, type Value } from "./template/index.ts";

/** Exit status of Docker for a template that cannot be parsed. */
export const BAD_TEMPLATE = 64;

/** Shows one object as JSON or by a template. Its fields are those of a Go struct of the given type. */
export function writeObject(
  { out, err }: Pick<CommandContext, "out" | "err">,
  format: string,
  typeName: string,
  object: { readonly [key: string]: Value },
): number {
  const methods = Object.fromEntries(Object.entries(object).map(([name, value]) => [name, () => value]));
  const json = () =>
    `{${Object.entries(object)
      .map(([name, value]) => `${JSON.stringify(name)}:${jsonOf(value)}`)
      .join(",")}}`;
  if (format === "json") {
    out.write(`${json()}\n`);
    return 0;
  }
  let template: ReturnType<typeof compileTemplate>;
  try {
    template = compileTemplate(format);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    err.write(`template parsing error: ${messageOf(error)}\n`);
    return BAD_TEMPLATE;
  }
  out.write(`${template.execute(new Row(typeName, methods, json))}\n`);
  return 0;
}
