/** One `%` directive of a format. */
export interface Directive {
  flags: string;
  width?: number;
  precision?: number;
  verb: string;
}

/** To the width, right-aligned unless the `-` flag says left. */
export function pad({ flags, width = 0 }: Directive, text: string): string {
  const missing = width - [...text].length;
  if (missing <= 0) return text;
  return flags.includes("-") ? text + " ".repeat(missing) : " ".repeat(missing) + text;
}
