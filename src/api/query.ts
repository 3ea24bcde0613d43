import { invalid } from "../core/index.ts";

const FALSE = new Set(["", "0", "no", "false", "none"]);

/** The query of a request, read as Docker reads it: the first value counts, except where a key may repeat. */
export class Query {
  readonly #values = new Map<string, string[]>();

  /** @param text what follows the `?`. @throws invalid on a broken escape */
  constructor(text: string) {
    if (text === "") return;
    for (const part of text.split("&")) {
      if (part === "") continue;
      if (part.includes(";")) throw invalid("invalid semicolon separator in query");
      const equals = part.indexOf("=");
      const key = decodeEscapes(equals < 0 ? part : part.slice(0, equals));
      const value = equals < 0 ? "" : decodeEscapes(part.slice(equals + 1));
      const values = this.#values.get(key);
      if (values) values.push(value);
      else this.#values.set(key, [value]);
    }
  }

  has(key: string): boolean {
    return this.#values.has(key);
  }

  /** The first value; empty when the key is missing. */
  get(key: string): string {
    return this.#values.get(key)?.[0] ?? "";
  }

  /** The first value, undefined when missing or empty. */
  text(key: string): string | undefined {
    return this.get(key) || undefined;
  }

  all(key: string): readonly string[] {
    return this.#values.get(key) ?? [];
  }

  /** False for `""`, `0`, `no`, `false` and `none` in any case; everything else is true. */
  bool(key: string, missing = false): boolean {
    return this.has(key) ? !FALSE.has(this.get(key).trim().toLowerCase()) : missing;
  }

  /** A decimal number; undefined when missing or empty. @throws invalid in Go's words */
  int(key: string): number | undefined {
    const text = this.get(key);
    if (text === "") return undefined;
    if (!/^[+-]?\d+$/.test(text))
      throw invalid(`strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`);
    const value = Number(text);
    if (!Number.isSafeInteger(value)) {
      throw invalid(`strconv.Atoi: parsing ${JSON.stringify(text)}: value out of range`);
    }
    return value;
  }
}

/** Undoes `+` and percent escapes; bytes that are not UTF-8 become the replacement character. */
function decodeEscapes(text: string): string {
  const spaced = text.includes("+") ? text.replaceAll("+", " ") : text;
  if (!spaced.includes("%")) return spaced;
  const broken = /%(?![0-9a-fA-F]{2}).{0,2}/.exec(spaced);
  if (broken) throw invalid(`invalid URL escape ${JSON.stringify(broken[0])}`);
  try {
    return decodeURIComponent(spaced);
  } catch {
    const bytes = Buffer.from(spaced, "utf8").toString("latin1");
    const raw = bytes.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
    return Buffer.from(raw, "latin1").toString("utf8");
  }
}
