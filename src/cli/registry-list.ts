import { familiar, invalid, type Reference } from "../core/index.ts";
import { pathName } from "./api-path.ts";
import { requireBerth } from "./berth-only.ts";
import type { CommandContext } from "./command.ts";
import { registryAuth } from "./credentials/request-auth.ts";
import { readClientConfig } from "./run-options/client-config.ts";

/**
 * Prints what the engine says that a registry has of a name: one JSON array, or a line for each.
 * @param what the command's last word, and the endpoint's
 * @throws invalid for another `--format` than json; unsupported where the engine is another's
 */
export async function printRegistryList<Reply, Item>(
  { client, args, out, err, configDirectory }: CommandContext,
  reference: Reference,
  what: string,
  listed: (reply: Reply) => { items: readonly Item[]; line: (item: Item) => string },
): Promise<void> {
  const format = args.string("format") ?? "";
  if (format !== "" && format !== "json") throw invalid(`invalid format '${format}': must be "json"`);
  await requireBerth(client, `image ${what}`);
  const reply = await client.json<Reply>("GET", `/distribution/${pathName(familiar(reference))}/${what}`, {
    headers: await registryAuth(readClientConfig(configDirectory), reference.domain, err),
  });
  const { items, line } = listed(reply);
  out.write(
    format === "json" ? `${JSON.stringify(items)}\n` : items.map((item) => `${line(item)}\n`).join(""),
  );
}
