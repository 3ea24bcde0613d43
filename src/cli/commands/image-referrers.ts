import { humanSize, parseReference } from "../../core/index.ts";
import type { CommandContext } from "../command.ts";
import { printRegistryList } from "../registry-list.ts";

interface Referrer {
  readonly digest: string;
  readonly size: number;
  readonly artifactType?: string;
}

/** `berth image referrers`: what a registry has that refers to an image, one a line or as one JSON array. */
export async function run(context: CommandContext): Promise<number> {
  const reference = parseReference(context.args.positional[0] ?? "");
  await printRegistryList(context, reference, "referrers", ({ Referrers }: { Referrers: Referrer[] }) => ({
    items: Referrers,
    line: ({ digest, artifactType, size }) => `${digest}  ${artifactType ?? "-"}  ${humanSize(size)}`,
  }));
  return 0;
}
