const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

export type Style = keyof typeof CODES;
export type Paint = (style: Style, text: string) => string;

/** Colours text, unless `NO_COLOR` asks for none. */
export function painter(env: Readonly<Record<string, string | undefined>>): Paint {
  if (env.NO_COLOR || env.TERM === "dumb") return (_style, text) => text;
  return (style, text) => (text === "" ? "" : `\x1b[${CODES[style]}m${text}\x1b[0m`);
}
