import { familiarName, invalid, parseReference } from "../../core/index.ts";
import { pathName } from "../api-path.ts";
import { requireBerth } from "../berth-only.ts";
import type { CommandContext } from "../command.ts";
import { registryAuth } from "../credentials/request-auth.ts";
import { readClientConfig } from "../run-options/client-config.ts";

/** `berth image tags`: what tags a registry has of an image, one a line or as one JSON array. */
export async function run({ client, args, out, err, configDirectory }: CommandContext): Promise<number> {
  const reference = parseReference(args.positional[0] ?? "");
  if (reference.tag !== undefined || reference.digest !== undefined) {
    throw invalid("the name of a repository is needed, without a tag or digest");
  }
  const format = args.string("format") ?? "";
  if (format !== "" && format !== "json") throw invalid(`invalid format '${format}': must be "json"`);
  await requireBerth(client, "image tags");
  const { Tags } = await client.json<{ Tags: string[] }>(
    "GET",
    `/distribution/${pathName(familiarName(reference))}/tags`,
    { headers: await registryAuth(readClientConfig(configDirectory), reference.domain, err) },
  );
  out.write(format === "json" ? `${JSON.stringify(Tags)}\n` : Tags.map((tag) => `${tag}\n`).join(""));
  return 0;
}
