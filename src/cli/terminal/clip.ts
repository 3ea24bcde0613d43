const COLOUR = /^\x1b\[[0-9;]*m/;
/** Sequences that do more than colour: those of cursor and screen (CSI), and titles and links (OSC). */
const OTHER_SEQUENCES = /\x1b\[[0-?]*[ -/]*[@-ln-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)/g;
const CONTROLS = /[\x00-\x1a\x1c-\x1f\x7f-\x9f]|\x1b(?!\[[0-9;]*m)/g;
const RESET = "\x1b[0m";

/**
 * Text cut to a number of terminal columns, `…` in the last one where something was cut. Colours stay and take no
 * room; whatever else would move the cursor or change the terminal is taken out.
 */
export function clip(text: string, columns: number): string {
  let rest = text.replace(OTHER_SEQUENCES, "").replace(CONTROLS, " ");
  let shown = "";
  let width = 0;
  let coloured = false;
  while (rest !== "") {
    const sequence = COLOUR.exec(rest)?.[0];
    if (sequence !== undefined) {
      shown += sequence;
      coloured = sequence !== RESET;
      rest = rest.slice(sequence.length);
      continue;
    }
    const character = String.fromCodePoint(rest.codePointAt(0) ?? 32);
    rest = rest.slice(character.length);
    const size = Bun.stringWidth(character);
    if (width + size > columns || (width + size === columns && Bun.stringWidth(rest) > 0)) {
      shown += "…";
      break;
    }
    shown += character;
    width += size;
  }
  return coloured ? shown + RESET : shown;
}
