import type { ApiClient } from "../../client/index.ts";
import type { ContainerSummary, ImageSummary, NetworkInspect } from "../../spec/index.ts";

export type NameKind = "containers" | "running-containers" | "images" | "networks";
export type NameSource = (kind: NameKind) => Promise<string[]>;

/** A shell waits for this: better no names than a long wait. */
const PATIENCE_MS = 1_000;

/** Names of the engine's objects; none when it does not answer. */
export function nameSource(client: ApiClient): NameSource {
  return async (kind) => {
    const signal = AbortSignal.timeout(PATIENCE_MS);
    try {
      if (kind === "images") {
        const images = await client.json<ImageSummary[]>("GET", "/images/json", { signal });
        return images.flatMap((image) => image.RepoTags ?? []).filter((name) => !name.includes("<none>"));
      }
      if (kind === "networks") {
        const networks = await client.json<NetworkInspect[]>("GET", "/networks", { signal });
        return networks.map((network) => network.Name);
      }
      const query = { all: kind === "containers" || undefined };
      const containers = await client.json<ContainerSummary[]>("GET", "/containers/json", { query, signal });
      return containers.flatMap((container) => container.Names ?? []).map((name) => name.replace(/^\//, ""));
    } catch {
      return [];
    }
  };
}
