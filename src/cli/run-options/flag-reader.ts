import { messageOf } from "../../core/index.ts";
import type { Flag, ParsedArguments } from "../command.ts";
import { invalidArgument } from "../flag-values.ts";

/** Reads flags of a command and names the flag in the error when a value cannot be understood. */
export class FlagReader {
  readonly #byName: ReadonlyMap<string, Flag>;

  constructor(
    readonly args: ParsedArguments,
    flags: readonly Flag[],
  ) {
    this.#byName = new Map(flags.map((flag) => [flag.name, flag]));
  }

  /** The text of a flag; empty when it was not given. */
  text(name: string): string {
    return this.args.string(name) ?? "";
  }

  /** The number of a flag; 0 when it was not given and has no default. */
  number(name: string): number {
    return this.args.number(name) ?? 0;
  }

  /** The value of a flag, read by `parse`; undefined when it was not given. @throws FlagError */
  one<T>(name: string, parse: (text: string) => T): T | undefined {
    const text = this.args.given(name) ? this.args.string(name) : undefined;
    return text === undefined ? undefined : this.#read(name, text, parse);
  }

  /** Every value of a flag that may be repeated, each read by `parse`. @throws FlagError */
  many<T>(name: string, parse: (text: string) => T): T[] {
    return this.args.list(name).map((text) => this.#read(name, text, parse));
  }

  #read<T>(name: string, text: string, parse: (text: string) => T): T {
    try {
      return parse(text);
    } catch (error) {
      throw invalidArgument(this.#byName.get(name) ?? { name }, text, messageOf(error));
    }
  }
}
