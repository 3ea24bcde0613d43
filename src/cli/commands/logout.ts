import { messageOf } from "../../core/index.ts";
import type { CommandContext } from "../command.ts";
import { openConfigFile, saveConfigFile } from "../credentials/config-file.ts";
import { keyOfServer } from "../credentials/server-key.ts";
import { eraseCredentials } from "../credentials/store.ts";

/** `berth logout`. */
export async function run({ args, out, err, configDirectory }: CommandContext): Promise<number> {
  const key = keyOfServer(args.positional[0] ?? "");
  const file = openConfigFile(configDirectory);
  out.write(`Removing login credentials for ${key}\n`);
  try {
    const before = JSON.stringify(file.data);
    await eraseCredentials(file.data, key);
    if (JSON.stringify(file.data) !== before) saveConfigFile(file);
    return 0;
  } catch (error) {
    err.write(`WARNING: could not erase credentials: ${messageOf(error)}\n`);
    return 1;
  }
}
