import { parseError } from "./errors.ts";
import { trim } from "./space.ts";

/** Character that escapes the next one and continues a line at its end. */
export type EscapeCharacter = "\\" | "`";

export interface Directives {
  readonly escape: EscapeCharacter;
  /** Value of `# syntax=`; kept for tools, the language is built in. */
  readonly syntax?: string;
  /** Value of `# check=`. */
  readonly check?: string;
}

const KNOWN = new Set(["syntax", "escape", "check"]);

/**
 * Reads the parser directives at the top of a Dockerfile. The first line that is not one ends the search: an empty
 * line, an ordinary comment, an unknown key.
 * @param lines the file's lines without their ends
 * @throws invalid on a repeated directive or an unknown escape character
 */
export function readDirectives(lines: readonly string[]): Directives {
  const found = new Map<string, string>();
  for (const [index, line] of lines.entries()) {
    const match = /^\s*#\s*([a-zA-Z][a-zA-Z0-9]*)\s*=(.*)$/.exec(line);
    const key = match?.[1]?.toLowerCase() ?? "";
    const value = trim(match?.[2] ?? "");
    if (!KNOWN.has(key) || value === "") break;
    if (found.has(key)) throw parseError(index + 1, `only one ${key} parser directive can be used`);
    if (key === "escape" && value !== "\\" && value !== "`") {
      throw parseError(index + 1, `invalid escape token '${value}' does not match \` or \\`);
    }
    found.set(key, value);
  }
  const syntax = found.get("syntax")?.split(/\s/, 1)[0];
  const check = found.get("check");
  return {
    escape: (found.get("escape") as EscapeCharacter | undefined) ?? "\\",
    ...(syntax !== undefined && { syntax }),
    ...(check !== undefined && { check }),
  };
}
