import { alignTabs } from "./tab-table.ts";
import type { Cell, ListView } from "./table-list.ts";
import {
  compileTemplate,
  jsonOf,
  Row,
  TemplateError,
  type TemplateFunction,
  type Value,
} from "./template/index.ts";

/** In a heading the functions of templates leave their first argument as it is. */
const unchanged: TemplateFunction = { parameters: ["any"], rest: "any", call: (value) => value };
const headingFunctions: Readonly<Record<string, TemplateFunction>> = {
  json: unchanged,
  title: unchanged,
  lower: unchanged,
  upper: unchanged,
  truncate: unchanged,
  join: unchanged,
  split: unchanged,
};

/** Rows in a format other than the usual table: `json`, `raw`, `table TEMPLATE` or `TEMPLATE`. @throws TemplateError */
export function formatRows<T>(
  view: ListView<T>,
  rows: readonly Readonly<Record<string, Cell>>[],
  format: string,
  quiet: boolean,
): string {
  if (format === "json") return rows.map((row) => `${jsonOf(new Row(view.typeName, row))}\n`).join("");
  if (format === "raw" && view.raw) return plainRows(view, rows, quiet ? view.raw.quiet : view.raw.all);
  if (!format.startsWith("table")) return plainRows(view, rows, format);
  const source = written(format.slice("table".length).trim());
  const lines = rows.map((row) => execute(source, new Row(view.typeName, row)));
  const heading = execute(source, headingRow(view, rows[0]), headingFunctions);
  return `${alignTabs([heading, ...lines].join("\n"))}\n`;
}

function plainRows<T>(
  view: ListView<T>,
  rows: readonly Readonly<Record<string, Cell>>[],
  format: string,
): string {
  const template = compile(written(format));
  return rows.map((row) => `${run(template, new Row(view.typeName, row))}\n`).join("");
}

/** Users write tabs and line ends as `\t` and `\n`, outside the braces too. */
function written(format: string): string {
  return format.replaceAll("\\t", "\t").replaceAll("\\n", "\n");
}

function headingRow<T>(view: ListView<T>, row: Readonly<Record<string, Cell>> | undefined): Row {
  const methods: Record<string, Cell> = {};
  for (const name of Object.keys({ ...view.headers, ...row })) {
    methods[name] =
      name === "Label"
        ? (label: string) => labelHeading(label)
        : () => view.headers[name] ?? name.toUpperCase();
  }
  return new Row(view.typeName, methods);
}

/** The last part of a label's name in words. */
function labelHeading(label: string): string {
  return label.slice(label.lastIndexOf(".") + 1).replaceAll(/[-_]/g, " ");
}

type Compiled = ReturnType<typeof compileTemplate>;

function compile(source: string, functions?: Readonly<Record<string, TemplateFunction>>): Compiled {
  try {
    return compileTemplate(source, functions);
  } catch (error) {
    throw error instanceof TemplateError
      ? new TemplateError(`failed to parse template: ${error.message}`)
      : error;
  }
}

function run(template: Compiled, data: Value): string {
  try {
    return template.execute(data);
  } catch (error) {
    throw error instanceof TemplateError
      ? new TemplateError(`failed to execute template: ${error.message}`)
      : error;
  }
}

function execute(source: string, data: Row, functions?: Readonly<Record<string, TemplateFunction>>): string {
  return run(compile(source, functions), data);
}
