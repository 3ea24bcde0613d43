import { nearest } from "../core/index.ts";
import type { Flag, ParsedArguments } from "./command.ts";
import { parseBoolean, parseNumber } from "./flag-values.ts";
import { FlagError } from "./usage-error.ts";

type Value = string | number | boolean | string[];

export interface ParseOptions {
  /** Flags end at the first positional argument. */
  stopAtFirst?: boolean;
}

export interface ParseResult {
  args: ParsedArguments;
  /** `--help` was asked for (or `-h`, where no flag has that letter); nothing after it was read. */
  help: boolean;
}

/**
 * Reads a command line as pflag does: `--name value`, `--name=value`, `-n value`, `-nvalue`, `-n=value`, `-abc`; flags
 * and positional arguments in any order; `--` ends the flags. @throws FlagError
 */
export function parseFlags(
  argv: readonly string[],
  flags: readonly Flag[],
  options: ParseOptions = {},
): ParseResult {
  const byName = new Map(flags.map((flag) => [flag.name, flag]));
  const byShort = new Map(flags.flatMap((flag) => (flag.short ? [[flag.short, flag] as const] : [])));
  const values = new Map<string, Value>();
  const positional: string[] = [];
  const done = (help: boolean): ParseResult => ({ args: new Arguments(positional, values, byName), help });

  let at = 0;
  const next = (missing: () => FlagError): string => {
    const value = argv[at];
    if (value === undefined) throw missing();
    at++;
    return value;
  };

  while (at < argv.length) {
    const word = argv[at] as string;
    if (word === "--") {
      positional.push(...argv.slice(at + 1));
      break;
    }
    if (!word.startsWith("-") || word === "-") {
      if (options.stopAtFirst) {
        positional.push(...argv.slice(at));
        break;
      }
      positional.push(word);
      at++;
      continue;
    }
    at++;
    if (word.startsWith("--")) {
      const equals = word.indexOf("=");
      const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
      if (name === "" || name.startsWith("-")) throw new FlagError(`bad flag syntax: ${word}`);
      const flag = byName.get(name);
      if (!flag) {
        if (name === "help") return done(true);
        throw unknownFlag(name, flags);
      }
      if (equals >= 0) store(values, flag, word.slice(equals + 1));
      else if (flag.kind === "boolean") store(values, flag, "true");
      else
        store(
          values,
          flag,
          next(() => new FlagError(`flag needs an argument: --${name}`)),
        );
      continue;
    }
    for (let i = 1; i < word.length; i++) {
      const letter = word[i] as string;
      const flag = byShort.get(letter);
      if (!flag) {
        if (letter === "h") return done(true);
        throw new FlagError(`unknown shorthand flag: '${letter}' in ${word.slice(0, 1)}${word.slice(i)}`);
      }
      const rest = word.slice(i + 1);
      if (rest.startsWith("=")) {
        store(values, flag, rest.slice(1));
        break;
      }
      if (flag.kind === "boolean") {
        store(values, flag, "true");
        continue;
      }
      store(
        values,
        flag,
        rest !== ""
          ? rest
          : next(() => new FlagError(`flag needs an argument: '${letter}' in -${word.slice(i)}`)),
      );
      break;
    }
  }
  return done(false);
}

function unknownFlag(name: string, flags: readonly Flag[]): FlagError {
  const visible = flags.filter((flag) => !flag.hidden).map((flag) => flag.name);
  const suggestion = nearest(name, visible);
  return new FlagError(`unknown flag: --${name}`, suggestion && `--${suggestion}`);
}

function store(values: Map<string, Value>, flag: Flag, text: string): void {
  const { name, kind } = flag;
  if (kind === "boolean") values.set(name, parseBoolean(flag, text));
  else if (kind === "number") values.set(name, parseNumber(flag, text));
  else if (kind === "string") values.set(name, text);
  else {
    const list = values.get(name);
    if (Array.isArray(list)) list.push(text);
    else values.set(name, [text]);
  }
}

class Arguments implements ParsedArguments {
  constructor(
    readonly positional: readonly string[],
    private readonly values: ReadonlyMap<string, Value>,
    private readonly flags: ReadonlyMap<string, Flag>,
  ) {}

  #value(name: string): Value | undefined {
    return this.values.get(name) ?? this.flags.get(name)?.default;
  }
  string(name: string): string | undefined {
    const value = this.#value(name);
    return typeof value === "string" ? value : undefined;
  }
  number(name: string): number | undefined {
    const value = this.#value(name);
    return typeof value === "number" ? value : undefined;
  }
  boolean(name: string): boolean {
    return this.#value(name) === true;
  }
  list(name: string): readonly string[] {
    const value = this.#value(name);
    return Array.isArray(value) ? value : [];
  }
  given(name: string): boolean {
    return this.values.has(name);
  }
}
