import { familiarName, parseReference } from "../../core/index.ts";
import type { CommandContext } from "../command.ts";

/** `berth commit`. */
export async function run({ client, args, out }: CommandContext): Promise<number> {
  const [container = "", name] = args.positional;
  const reference = name ? parseReference(name) : undefined;
  const { Id } = await client.json<{ Id: string }>("POST", "/commit", {
    query: {
      container,
      ...(reference && { repo: familiarName(reference), tag: reference.digest ?? reference.tag ?? "latest" }),
      author: args.string("author") || undefined,
      comment: args.string("message") || undefined,
      changes: args.list("change"),
      ...((args.boolean("no-pause") || !args.boolean("pause")) && { pause: false }),
    },
  });
  out.write(`${Id}\n`);
  return 0;
}
