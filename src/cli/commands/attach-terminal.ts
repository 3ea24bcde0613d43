import { messageOf } from "../../core/index.ts";
import type { CommandContext } from "../command.ts";
import { invalidArgument } from "../flag-values.ts";
import type { ClientConfig } from "../run-options/client-config.ts";
import { DEFAULT_DETACH_KEYS, parseDetachKeys } from "../terminal/detach-keys.ts";
import { UsageError } from "../usage-error.ts";

/** The keys that detach: `--detach-keys`, the configuration's, or ctrl-p ctrl-q. @throws FlagError */
export function chooseDetachKeys({ args }: CommandContext, config: ClientConfig): Uint8Array {
  const text = args.string("detach-keys") || config.detachKeys || DEFAULT_DETACH_KEYS;
  try {
    return parseDetachKeys(text);
  } catch (error) {
    throw invalidArgument({ name: "detach-keys" }, text, messageOf(error));
  }
}

/** @throws UsageError when a terminal is wanted and our input is none */
export function checkInputTerminal(): void {
  const { isatty } = require("node:tty") as typeof import("node:tty");
  if (!isatty(0)) throw new UsageError("the input device is not a TTY", 1);
}
