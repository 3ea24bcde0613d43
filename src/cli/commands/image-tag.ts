import { familiarName, invalid, messageOf, parseReference, type Reference } from "../../core/index.ts";
import { pathName } from "../api-path.ts";
import type { CommandContext } from "../command.ts";

/** `berth tag`. */
export async function run({ client, args }: CommandContext): Promise<number> {
  const [source = "", target = ""] = args.positional;
  const reference = targetReference(target);
  if (reference.digest) throw invalid("refusing to create a tag with a digest reference");
  await client.text("POST", `/images/${pathName(source)}/tag`, {
    query: { repo: familiarName(reference), tag: reference.tag ?? "latest" },
  });
  return 0;
}

function targetReference(target: string): Reference {
  try {
    return parseReference(target);
  } catch (error) {
    const name = JSON.stringify(target);
    throw invalid(
      `Error parsing reference: ${name} is not a valid repository/tag: ${messageOf(error)}`,
      error,
    );
  }
}
