import { type BerthError, invalid, messageOf } from "../../core/index.ts";
import { removePrefix, removeSuffix, replaceMatches } from "./glob.ts";
import { WordList } from "./word-list.ts";

/** Values a word is expanded with. */
export type Lookup = (name: string) => string | undefined;

export interface ExpandOptions {
  readonly escape: string;
  /** Keep the quote characters. */
  readonly rawQuotes?: boolean;
  /** Keep escape characters before what they escape. */
  readonly rawEscapes?: boolean;
  /** Quotes are ordinary characters (heredoc bodies). */
  readonly ignoreQuotes?: boolean;
  /** Leave variables without a value as they are written. */
  readonly keepUnset?: boolean;
}

export interface Expansion {
  readonly text: string;
  /** The text split at unquoted blanks, after expansion. */
  readonly words: string[];
  /** Names that had no value. */
  readonly unset: ReadonlySet<string>;
}

/** A chain of `ENV a=$a$a` doubles its value with every line; nobody needs more than this. */
const LONGEST_RESULT = 1 << 20;
const DEEPEST = 100;

/** Expands one word by the shell's rules as far as Dockerfiles have them. One use each. */
class Expander {
  readonly #text: string;
  readonly #lookup: Lookup;
  readonly #options: ExpandOptions;
  readonly unset = new Set<string>();
  #at = 0;
  #depth = 0;
  #size = 0;

  constructor(text: string, lookup: Lookup, options: ExpandOptions) {
    this.#text = text;
    this.#lookup = lookup;
    this.#options = options;
  }

  #peek(): string | undefined {
    const point = this.#text.codePointAt(this.#at);
    return point === undefined ? undefined : String.fromCodePoint(point);
  }

  #take(): string | undefined {
    const character = this.#peek();
    this.#at += character?.length ?? 0;
    return character;
  }

  /** Reads up to `stop` (which is taken) or, without one, to the end. */
  until(stop: string | undefined, rawEscapes: boolean): { text: string; words: string[] } {
    if (++this.#depth > DEEPEST) throw invalid("substitutions are nested too deeply");
    const out: string[] = [];
    const words = new WordList();
    for (let next = this.#peek(); next !== undefined; next = this.#peek()) {
      if (next === stop) {
        this.#take();
        this.#depth--;
        return { text: out.join(""), words: words.finish() };
      }
      if (next === "$") {
        const value = this.#dollar(rawEscapes);
        out.push(value);
        words.split(value);
      } else if (!this.#options.ignoreQuotes && (next === "'" || next === '"')) {
        const value = next === "'" ? this.#singleQuoted() : this.#doubleQuoted(rawEscapes);
        out.push(value);
        words.raw(value);
      } else {
        this.#take();
        if (next !== this.#options.escape) {
          out.push(next);
          words.split(next);
          continue;
        }
        const escaped = this.#take();
        const kept = (rawEscapes ? next : "") + (escaped ?? "");
        out.push(kept);
        words.raw(kept);
      }
    }
    if (stop !== undefined) throw invalid(`unexpected end of statement while looking for matching ${stop}`);
    return { text: out.join(""), words: words.finish() };
  }

  #singleQuoted(): string {
    const close = this.#text.indexOf("'", this.#at + 1);
    if (close < 0) throw invalid("unexpected end of statement while looking for matching single-quote");
    const from = this.#at;
    this.#at = close + 1;
    return this.#options.rawQuotes ? this.#text.slice(from, close + 1) : this.#text.slice(from + 1, close);
  }

  #doubleQuoted(rawEscapes: boolean): string {
    const quote = this.#options.rawQuotes ? '"' : "";
    const out = [quote];
    this.#take();
    for (let next = this.#peek(); next !== undefined; next = this.#peek()) {
      if (next === "$") {
        out.push(this.#dollar(rawEscapes));
        continue;
      }
      this.#take();
      if (next === '"') {
        out.push(quote);
        return out.join("");
      }
      if (next !== this.#options.escape) {
        out.push(next);
        continue;
      }
      const escaped = this.#peek();
      if (escaped === undefined) continue;
      // Only these can be escaped between double quotes; before anything else the character stands for itself.
      if (escaped === '"' || escaped === "$" || escaped === next) {
        this.#take();
        out.push(rawEscapes ? next + escaped : escaped);
      } else out.push(rawEscapes ? next + next : next);
    }
    throw invalid("unexpected end of statement while looking for matching double-quote");
  }

  #name(): string {
    const first = this.#peek() ?? "";
    const pattern = /^\p{Nd}$/u.test(first) ? /\p{Nd}+/uy : /[@*#?$!-]|[\p{L}\p{Nd}_]+/uy;
    pattern.lastIndex = this.#at;
    const name = pattern.exec(this.#text)?.[0] ?? "";
    this.#at += name.length;
    return name;
  }

  #count(value: string): void {
    this.#size += value.length;
    if (this.#size > LONGEST_RESULT) throw invalid("the expanded text is too long");
  }

  #get(name: string): string | undefined {
    const value = this.#lookup(name);
    if (value === undefined) this.unset.add(name);
    else this.#count(value);
    return value;
  }

  #dollar(rawEscapes: boolean): string {
    this.#take();
    if (this.#peek() !== "{") {
      const name = this.#name();
      if (name === "") return "$";
      const value = this.#get(name);
      return value ?? (this.#options.keepUnset ? `$${name}` : "");
    }
    this.#take();
    const next = this.#peek();
    if (next === undefined) throw invalid("syntax error: missing '}'");
    if (next === "{" || next === "}" || next === ":") throw invalid("syntax error: bad substitution");
    return this.#braced(rawEscapes);
  }

  #braced(rawEscapes: boolean): string {
    const name = this.#name();
    const operator = this.#take();
    switch (operator) {
      case "}": {
        const value = this.#get(name);
        return value ?? (this.#options.keepUnset ? `\${${name}}` : "");
      }
      case ":":
        return this.#modified(name, this.#take(), true, rawEscapes);
      case "/":
        return this.#replaced(name);
      default:
        return this.#modified(name, operator, false, rawEscapes);
    }
  }

  /** The part of a substitution up to `stop`, with the shell's message where it is missing. */
  #operand(stop: string, rawEscapes: boolean): string {
    try {
      return this.until(stop, rawEscapes).text;
    } catch (error) {
      if (this.#peek() !== undefined) throw error;
      throw invalid(`syntax error: missing '${stop}'${stop === "/" ? " in substitution" : ""}`);
    }
  }

  #modified(name: string, operator: string | undefined, colon: boolean, rawEscapes: boolean): string {
    const written = `${colon ? ":" : ""}${operator ?? ""}`;
    const trims = operator === "#" || operator === "%";
    if (operator === undefined || !"-+?#%".includes(operator) || (colon && trims)) {
      throw invalid(`unsupported modifier (${written}) in substitution`);
    }
    const operand = this.#operand("}", rawEscapes || trims);
    const value = this.#get(name);
    if (value === undefined && this.#options.keepUnset) return `\${${name}${written}${operand}}`;
    const missing = value === undefined || (colon && value === "");
    if (operator === "-") return missing ? operand : value;
    if (operator === "+") return missing ? "" : operand;
    if (operator === "?") {
      if (!missing) return value;
      const why = value === undefined ? "unset" : "empty";
      throw invalid(`${name}: ${operand || `is not allowed to be ${why}`}`);
    }
    const longest = operand.startsWith(operator);
    const pattern = longest ? operand.slice(1) : operand;
    const remove = operator === "#" ? removePrefix : removeSuffix;
    return this.#patterned(pattern, () => remove(value ?? "", pattern, longest));
  }

  #replaced(name: string): string {
    const all = this.#peek() === "/";
    if (all) this.#take();
    const pattern = this.#operand("/", true);
    const replacement = this.#operand("}", true);
    const value = this.#get(name);
    if (value === undefined && this.#options.keepUnset) return `\${${name}/${pattern}/${replacement}}`;
    return this.#patterned(pattern, () => replaceMatches(value ?? "", pattern, replacement, all));
  }

  #patterned(pattern: string, work: () => string): string {
    try {
      const value = work();
      this.#count(value);
      return value;
    } catch (error) {
      throw invalid(`invalid pattern (${pattern}) in substitution: ${messageOf(error)}`, error);
    }
  }
}

/**
 * Expands `$v`, `${v}` and their modifiers, removes quotes and escapes.
 * @throws invalid `failed to process "...": ...`, always in time proportional to text and values
 */
export function expandWord(text: string, lookup: Lookup, options: ExpandOptions): Expansion {
  const expander = new Expander(text, lookup, options);
  try {
    const result = expander.until(undefined, options.rawEscapes ?? false);
    return { ...result, unset: expander.unset };
  } catch (error) {
    throw failed(text, error);
  }
}

function failed(text: string, error: unknown): BerthError {
  const shown = text.length > 200 ? `${text.slice(0, 200)}...` : text;
  return invalid(`failed to process ${JSON.stringify(shown)}: ${messageOf(error)}`, error);
}
