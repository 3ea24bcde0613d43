import { pathName } from "../api-path.ts";
import type { CommandContext } from "../command.ts";
import { errorText } from "../error-report.ts";

/** `berth rename`. */
export async function run({ client, args, err }: CommandContext): Promise<number> {
  const [from = "", to = ""] = args.positional.map((name) => name.trim());
  if (from === "" || to === "") {
    err.write("Error: Neither old nor new names may be empty\n");
    return 1;
  }
  try {
    await client.text("POST", `/containers/${pathName(from)}/rename`, { query: { name: to } });
    return 0;
  } catch (error) {
    err.write(`${errorText(error)}\nError: failed to rename container named ${from}\n`);
    return 1;
  }
}
