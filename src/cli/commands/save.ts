import { invalid } from "../../core/index.ts";
import { checkOutput, writeArchive } from "../archive-output.ts";
import type { CommandContext } from "../command.ts";
import { platformQuery } from "../platform-query.ts";

const WHAT = "save image";

/** `berth save`. */
export async function run({ args, client, out }: CommandContext): Promise<number> {
  const output = args.string("output");
  if (!output && out.isTerminal) {
    throw invalid("cowardly refusing to save to a terminal. Use the -o flag or redirect");
  }
  if (output) checkOutput(output, WHAT);
  const { body } = await client.request("GET", "/images/get", {
    query: { names: args.positional, platform: platformQuery(args.string("platform")) },
  });
  if (output) await writeArchive(output, body, WHAT);
  else for await (const bytes of body) out.write(bytes);
  return 0;
}
