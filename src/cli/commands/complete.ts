import type { CommandContext } from "../command.ts";
import { buildTree } from "../command-tree.ts";
import { completeWords } from "../completion/complete-words.ts";
import { nameSource } from "../completion/names.ts";

/**
 * Answers the completion scripts: the words before the cursor, the last one being typed. Prints one candidate a line,
 * with a tab before its description, then `:files`, `:directories` or `:none`, which says what else to offer.
 */
export async function run({ client, args, commands, out }: CommandContext): Promise<number> {
  const words = args.positional;
  const { candidates, fallback } = await completeWords(buildTree(commands), words, nameSource(client));
  for (const { word, description } of candidates) {
    out.write(description ? `${word}\t${description}\n` : `${word}\n`);
  }
  out.write(`:${fallback}\n`);
  return 0;
}
