export interface TableLayout {
  /** Least width of a column, its padding included. */
  minWidth: number;
  /** Spaces after the widest cell of a column. */
  padding: number;
}

/** The layout of Docker's lists. */
export const LIST_LAYOUT: TableLayout = { minWidth: 10, padding: 3 };

/**
 * Aligns cells that end in tabs, in the manner of elastic tab stops: a column is a run of adjacent lines that have a
 * cell there, as wide as its widest one. The text after the last tab of a line belongs to no column.
 */
export function alignTabs(text: string, layout: TableLayout = LIST_LAYOUT): string {
  const lines = text.split("\n").map((line) => line.split("\t"));
  const widths = lines.map(() => [] as number[]);
  const columns = Math.max(0, ...lines.map((cells) => cells.length - 1));
  for (let column = 0; column < columns; column++) {
    let start = 0;
    while (start < lines.length) {
      const end = runEnd(lines, column, start);
      if (end > start) {
        const width = columnWidth(lines.slice(start, end), column, layout);
        for (let line = start; line < end; line++) widths[line]?.push(width);
      }
      start = Math.max(end, start + 1);
    }
  }
  return lines.map((cells, i) => joinCells(cells, widths[i] ?? [])).join("\n");
}

/** One past the last line of the run that begins at `start`: lines with a tab-ended cell in this column. */
function runEnd(lines: readonly string[][], column: number, start: number): number {
  let end = start;
  while (end < lines.length && (lines[end]?.length ?? 0) - 1 > column) end++;
  return end;
}

function columnWidth(lines: readonly string[][], column: number, layout: TableLayout): number {
  let width = layout.minWidth;
  for (const cells of lines) width = Math.max(width, columnsOf(cells[column] ?? "") + layout.padding);
  return width;
}

function joinCells(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, i) => (i < cells.length - 1 ? cell + " ".repeat((widths[i] ?? 0) - columnsOf(cell)) : cell))
    .join("");
}

/** Characters, not UTF-16 units, as Docker counts them. */
function columnsOf(text: string): number {
  let count = 0;
  for (const _ of text) count++;
  return count;
}
