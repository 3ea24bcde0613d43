import { pathName } from "../api-path.ts";
import type { CommandContext } from "../command.ts";

const LETTERS = ["C", "A", "D"];

/** `berth diff`. */
export async function run({ client, args, out }: CommandContext): Promise<number> {
  const [name = ""] = args.positional;
  const changes = await client.json<{ Kind: number; Path: string }[] | null>(
    "GET",
    `/containers/${pathName(name)}/changes`,
  );
  for (const { Kind, Path } of changes ?? []) out.write(`${LETTERS[Kind] ?? "?"} ${Path}\n`);
  return 0;
}
