/** White space as Go's unicode.IsSpace has it, which is what Dockerfiles are read with. */
const SPACE = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

export function isSpace(character: string): boolean {
  return SPACE.test(character);
}

export function trimStart(text: string): string {
  let from = 0;
  while (from < text.length && isSpace(text[from] as string)) from++;
  return text.slice(from);
}

export function trimEnd(text: string): string {
  let to = text.length;
  while (to > 0 && isSpace(text[to - 1] as string)) to--;
  return text.slice(0, to);
}

export function trim(text: string): string {
  return trimStart(trimEnd(text));
}
