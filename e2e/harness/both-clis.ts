import { describe, test } from "bun:test";
import type { Cli } from "./cli.ts";
import type { TestEngine } from "./engine.ts";
import { cliNames, programOf } from "./settings.ts";

/**
 * Registers a scenario once for Berth's own command line and once for the real docker CLI. One that is not on this
 * machine is shown as skipped.
 */
export function bothClis(engine: TestEngine, scenario: (cli: Cli) => void): void {
  for (const name of cliNames) {
    if (programOf(name)) describe(`${name} CLI`, () => scenario(engine.cli(name)));
    else test.skip(`${name} CLI: not run, the ${name} program is not on this machine`, () => {});
  }
}
