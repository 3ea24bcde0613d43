const ESCAPE = /^\x1b\[[0-9;]*[A-Za-z]/;
const RESET = "\x1b[0m";

/**
 * Text cut to a number of terminal columns, `…` in the last one where something was cut. Colour sequences take no
 * room. Control characters, which would move the cursor, become spaces.
 */
export function clip(text: string, columns: number): string {
  let shown = "";
  let width = 0;
  let coloured = false;
  let rest = text;
  while (rest !== "") {
    const sequence = ESCAPE.exec(rest)?.[0];
    if (sequence !== undefined) {
      shown += sequence;
      coloured = sequence !== RESET;
      rest = rest.slice(sequence.length);
      continue;
    }
    const character = String.fromCodePoint(rest.codePointAt(0) ?? 32);
    rest = rest.slice(character.length);
    const printable = character < " " || character === "\x7f" ? " " : character;
    const size = Bun.stringWidth(printable);
    if (width + size > columns || (width + size === columns && Bun.stringWidth(rest) > 0)) {
      shown += "…";
      break;
    }
    shown += printable;
    width += size;
  }
  return coloured ? shown + RESET : shown;
}
