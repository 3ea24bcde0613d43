import { invalid } from "../../core/index.ts";

/**
 * The fields of one comma-separated record (RFC 4180): a field that begins with `"` runs to its closing quote, in
 * which `""` stands for one quote. Positions in errors are counted in bytes from 1.
 * @throws invalid for a stray or missing quote, and for empty text
 */
export function parseCsv(record: string): string[] {
  const line = record.split(/\r?\n/, 1)[0] ?? "";
  if (line === "") throw invalid("EOF");
  const fields: string[] = [];
  let at = 0;
  for (;;) {
    if (line[at] === '"') {
      const [field, next] = quoted(line, at);
      fields.push(field);
      at = next;
    } else {
      const comma = line.indexOf(",", at);
      const end = comma < 0 ? line.length : comma;
      const quote = line.indexOf('"', at);
      if (quote >= 0 && quote < end) throw stray(line, quote, 'bare " in non-quoted-field');
      fields.push(line.slice(at, end));
      at = end;
    }
    if (at >= line.length) return fields;
    at++; // the comma
  }
}

/** Reads the quoted field at `at`; answers its text and the position of the comma or the end after it. */
function quoted(line: string, at: number): [string, number] {
  let field = "";
  let position = at + 1;
  for (;;) {
    const quote = line.indexOf('"', position);
    if (quote < 0) throw stray(line, line.length, 'extraneous or missing " in quoted-field');
    field += line.slice(position, quote);
    if (line[quote + 1] === '"') {
      field += '"';
      position = quote + 2;
    } else if (quote + 1 === line.length || line[quote + 1] === ",") {
      return [field, quote + 1];
    } else {
      throw stray(line, quote, 'extraneous or missing " in quoted-field');
    }
  }
}

function stray(line: string, at: number, why: string) {
  const column = Buffer.byteLength(line.slice(0, at)) + 1;
  return invalid(`parse error on line 1, column ${column}: ${why}`);
}
