/**
 * Where the first JSON value of a text ends; undefined when it goes on beyond the text (or there is none).
 * Only brackets and strings are followed: whether the value is valid is for JSON.parse to say. A bare number or word
 * ends where white space or the text does.
 */
export function jsonEnd(text: string): number | undefined {
  const start = /\S/.exec(text)?.index;
  if (start === undefined) return undefined;
  const first = text[start] as string;
  if (first !== "{" && first !== "[" && first !== '"') {
    const length = /[\s{}[\]",:]/.exec(text.slice(start + 1))?.index;
    return length === undefined ? text.length : start + 1 + length;
  }
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    const c = text[at];
    if (c === '"') {
      at = stringEnd(text, at);
      if (at < 0) return undefined;
    } else if (c === "{" || c === "[") depth++;
    else if (c === "}" || c === "]") depth--;
    if (depth === 0) return at + 1;
  }
  return undefined;
}

/** The index of the quote that closes the string opened at `at`; -1 when it stays open. */
function stringEnd(text: string, at: number): number {
  for (let i = at + 1; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === '"') return i;
  }
  return -1;
}
