import { invalid } from "../../core/index.ts";
import { pathName } from "../api-path.ts";
import { checkOutput, writeArchive } from "../archive-output.ts";
import type { CommandContext } from "../command.ts";

const WHAT = "export container";

/** `berth export`. */
export async function run({ args, client, out }: CommandContext): Promise<number> {
  const [name = ""] = args.positional;
  const output = args.string("output");
  if (!output && out.isTerminal) {
    throw invalid("cowardly refusing to save to a terminal. Use the -o flag or redirect");
  }
  if (output) checkOutput(output, WHAT);
  const { body } = await client.request("GET", `/containers/${pathName(name)}/export`);
  if (output) await writeArchive(output, body, WHAT);
  else for await (const bytes of body) out.write(bytes);
  return 0;
}
