import { ApiError } from "../../client/index.ts";
import { canonical, familiar, invalid, notFound, type Reference } from "../../core/index.ts";
import { pathName } from "../api-path.ts";
import { requireBerth } from "../berth-only.ts";
import type { CommandContext } from "../command.ts";
import { registryAuth } from "../credentials/request-auth.ts";
import { readClientConfig } from "../run-options/client-config.ts";
import { type EntryPlatform, entryOf, isIndex, type ManifestEntry } from "./entry.ts";

export interface FoundManifest {
  readonly mediaType: string;
  readonly digest: string;
  readonly bytes: Uint8Array;
}

/** Registries refuse manifests that are larger. */
const LIMIT = 4 * 1024 * 1024;

/** Manifests in registries, reached through the engine. */
export class ManifestRegistry {
  #checked: Promise<void> | undefined;

  constructor(private readonly context: CommandContext) {}

  /** The manifest or list a name leads to. @throws notFound `no such manifest: NAME` */
  async get(name: Reference): Promise<FoundManifest> {
    return this.#ask(name, async (path, headers) => {
      const { headers: reply, body } = await this.context.client.request("GET", `${path}/manifest`, {
        headers,
      });
      const pieces: Uint8Array[] = [];
      let size = 0;
      for await (const piece of body) {
        pieces.push(piece);
        size += piece.length;
        if (size > LIMIT) throw invalid(`the manifest of ${familiar(name)} is too large`);
      }
      return {
        mediaType: reply.get("content-type") ?? "",
        digest: reply.get("docker-content-digest") ?? "",
        bytes: Buffer.concat(pieces),
      };
    });
  }

  /** The manifest of one image, with its platform. @throws invalid where the name leads to a list */
  async image(name: Reference): Promise<ManifestEntry> {
    const manifest = await this.get(name);
    if (isIndex(manifest.mediaType)) throw invalid(`${canonical(name)} is a manifest list`);
    return entryOf(name, manifest, await this.#platform(name));
  }

  async #platform(name: Reference): Promise<EntryPlatform | undefined> {
    type Reply = { Platforms?: { os: string; architecture: string; variant?: string }[] | null };
    const { Platforms } = await this.#ask(name, (path, headers) =>
      this.context.client.json<Reply>("GET", `${path}/json`, { headers }),
    );
    const [platform] = Platforms ?? [];
    if (!platform) return undefined;
    const { os, architecture, variant } = platform;
    return { architecture, os, ...(variant && { variant }) };
  }

  /**
   * Puts a manifest under a name. `from` is a repository of the same registry that has its blobs: they are made known
   * in the name's own first.
   */
  async put(
    name: Reference,
    manifest: { mediaType: string; bytes: Uint8Array },
    from?: Reference,
  ): Promise<string> {
    const { Digest } = await this.#ask(name, (path, headers) =>
      this.context.client.json<{ Digest: string }>("PUT", `${path}/manifest`, {
        query: { from: from?.path },
        headers: { ...headers, "Content-Type": manifest.mediaType },
        body: manifest.bytes,
      }),
    );
    return Digest;
  }

  async #ask<T>(
    name: Reference,
    work: (path: string, headers: Record<string, string>) => Promise<T>,
  ): Promise<T> {
    const { client, err, configDirectory } = this.context;
    this.#checked ??= requireBerth(client, "what `manifest` does in registries");
    await this.#checked;
    const headers = await registryAuth(readClientConfig(configDirectory), name.domain, err);
    try {
      return await work(`/distribution/${pathName(familiar(name))}`, headers);
    } catch (error) {
      const missing = error instanceof ApiError && error.status === 404;
      throw missing ? notFound(`no such manifest: ${canonical(name)}`, error) : error;
    }
  }
}
