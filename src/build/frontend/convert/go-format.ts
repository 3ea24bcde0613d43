/**
 * Go's %q, which the history of images is written with: other tools compare those texts.
 */
const ESCAPES: Record<string, string> = {
  "\u0007": "\\a",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
  "\v": "\\v",
  "\\": "\\\\",
};

function escapeOne(character: string): string {
  const known = ESCAPES[character];
  if (known !== undefined) return known;
  if (character === " " || /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(character)) return character;
  const point = character.codePointAt(0) as number;
  if (point < 0x80) return `\\x${point.toString(16).padStart(2, "0")}`;
  return point > 0xffff
    ? `\\U${point.toString(16).padStart(8, "0")}`
    : `\\u${point.toString(16).padStart(4, "0")}`;
}

/** `%q` of a string. */
export function goQuote(text: string): string {
  return `"${Array.from(text, (one) => (one === '"' ? '\\"' : escapeOne(one))).join("")}"`;
}

/** `%q` of a list of strings. */
export function goQuoteList(items: readonly string[]): string {
  return `[${items.map(goQuote).join(" ")}]`;
}

/** `%q` of a number: the character it stands for. */
export function goQuoteRune(number: number): string {
  const character = String.fromCodePoint(Math.min(Math.max(number, 0), 0x10ffff));
  return `'${character === "'" ? "\\'" : escapeOne(character)}'`;
}
