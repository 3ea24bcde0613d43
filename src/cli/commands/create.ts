import type { CommandContext } from "../command.ts";
import { readClientConfig } from "../run-options/client-config.ts";
import { createContainer, readBody, refuseWindowsFlags } from "./create-container.ts";

/** `berth create`. */
export async function run(context: CommandContext): Promise<number> {
  refuseWindowsFlags(context);
  const config = readClientConfig(context.configDirectory);
  const body = readBody(context, config);
  if (typeof body === "number") return body;
  context.out.write(`${await createContainer(context, body, config)}\n`);
  return 0;
}
