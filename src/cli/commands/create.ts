import type { CommandContext } from "../command.ts";
import { readClientConfig } from "../run-options/client-config.ts";
import { FlagError } from "../usage-error.ts";
import { bodyOfFlags, createContainer, refuseWindowsFlags } from "./create-container.ts";
import { writeWithHelp } from "./run-errors.ts";

/** `berth create`. */
export async function run(context: CommandContext): Promise<number> {
  refuseWindowsFlags(context);
  const config = readClientConfig(context.configDirectory);
  let body: ReturnType<typeof bodyOfFlags>;
  try {
    body = bodyOfFlags(context, config);
  } catch (error) {
    if (error instanceof FlagError) throw error;
    writeWithHelp(context, error);
    return 125;
  }
  context.out.write(`${await createContainer(context, body, config)}\n`);
  return 0;
}
