import type { Output } from "../command.ts";
import { alignTabs } from "./tab-table.ts";
import type { Value } from "./template/index.ts";

/** One cell of a list; methods with parameters (`.Label "x"`) are for templates only. */
export type Cell = (...args: never[]) => Value;

/** How a kind of object is listed. */
export interface ListView<T> {
  /** Go's type name, which template errors show. */
  readonly typeName: string;
  /** Heading of every field that a table may show. */
  readonly headers: Readonly<Record<string, string>>;
  /** Fields of the usual table, in order. */
  readonly columns: readonly string[];
  /** Field that `--quiet` shows. */
  readonly quiet: string;
  /** Template of `--format raw`, and what it is with `--quiet`; none where Docker has none. */
  readonly raw?: { readonly all: string; readonly quiet: string };
  fields(item: T): Readonly<Record<string, Cell>>;
}

export interface ListOptions {
  /** `--format`; the usual table when empty. */
  format: string | undefined;
  quiet: boolean;
}

/**
 * Writes a list as the user asked for it. The template engine is loaded only where a format needs it.
 * @throws TemplateError
 */
export async function writeList<T>(
  out: Output,
  view: ListView<T>,
  items: readonly T[],
  { format, quiet }: ListOptions,
): Promise<void> {
  const rows = items.map((item) => view.fields(item));
  const plain = format === undefined || format === "" || format === "table";
  if (quiet && plain) {
    out.write(rows.map((row) => `${text(row, view.quiet)}\n`).join(""));
    return;
  }
  if (plain) {
    const lines = [view.columns.map((name) => view.headers[name] ?? name.toUpperCase())];
    for (const row of rows) lines.push(view.columns.map((name) => text(row, name)));
    out.write(`${alignTabs(lines.map((cells) => cells.join("\t")).join("\n"))}\n`);
    return;
  }
  const { formatRows } = await import("./template-list.ts");
  out.write(formatRows(view, rows, format, quiet));
}

function text(row: Readonly<Record<string, Cell>>, name: string): string {
  const value = row[name]?.();
  return value === undefined || value === null ? "<nil>" : String(value);
}
