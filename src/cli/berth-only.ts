import type { ApiClient } from "../client/index.ts";
import { unsupported } from "../core/index.ts";

/** @throws unsupported where the engine is another's, which does not have what only Berth's offers */
export async function requireBerth(client: ApiClient, what: string): Promise<void> {
  const { headers, body } = await client.request("GET", "/_ping");
  for await (const _ of body);
  const server = headers.get("server") ?? "";
  if (server.startsWith("Berth/")) return;
  throw unsupported(
    `${what} needs a Berth engine, and this one is another's (${server || "it does not say whose"}): choose one by -H or BERTH_HOST`,
  );
}
