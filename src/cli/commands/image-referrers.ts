import { familiar, humanSize, invalid, parseReference } from "../../core/index.ts";
import { pathName } from "../api-path.ts";
import { requireBerth } from "../berth-only.ts";
import type { CommandContext } from "../command.ts";
import { registryAuth } from "../credentials/request-auth.ts";
import { readClientConfig } from "../run-options/client-config.ts";

interface Referrer {
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
}

/** `berth image referrers`: what a registry has that refers to an image, one a line or as one JSON array. */
export async function run({ client, args, out, err, configDirectory }: CommandContext): Promise<number> {
  const reference = parseReference(args.positional[0] ?? "");
  const format = args.string("format") ?? "";
  if (format !== "" && format !== "json") throw invalid(`invalid format '${format}': must be "json"`);
  await requireBerth(client, "image referrers");
  const { Referrers } = await client.json<{ Referrers: Referrer[] }>(
    "GET",
    `/distribution/${pathName(familiar(reference))}/referrers`,
    { headers: await registryAuth(readClientConfig(configDirectory), reference.domain, err) },
  );
  out.write(format === "json" ? `${JSON.stringify(Referrers)}\n` : Referrers.map(line).join(""));
  return 0;
}

function line({ digest, artifactType, size }: Referrer): string {
  return `${digest}  ${artifactType ?? "-"}  ${humanSize(size)}\n`;
}
