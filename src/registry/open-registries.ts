import { invalid, parseReference, type Reference, Semaphore, withDefaultTag } from "../core/index.ts";
import {
  type BlobDescriptor,
  type Images,
  isAttestation,
  parseImageConfig,
  parseManifest,
} from "../image/index.ts";
import type {
  RegistryAuth,
  RegistryClient,
  RemoteManifest,
  Repository,
  SearchResult,
} from "./client/types.ts";
import { registryOf } from "./credentials.ts";
import { readDocument } from "./document.ts";
import { pull, type TransferParts } from "./pull.ts";
import { push } from "./push.ts";
import { listReferrers } from "./referrers.ts";
import type { Registries } from "./types.ts";

/** Blobs that travel at once, over all pulls and pushes together. */
const BLOBS_AT_ONCE = 4;

/** Joins the image room and the registries. */
export function openRegistries(images: Images, registry: RegistryClient): Registries {
  const parts: TransferParts = { images, registry, slots: new Semaphore(BLOBS_AT_ONCE) };
  const lookup = (name: string, auth: RegistryAuth | undefined) => {
    const reference = withDefaultTag(parseReference(name));
    return { reference, repository: registry.repository(reference, auth) };
  };
  return {
    pull: (name, options, progress) => pull(parts, name, options, progress),
    push: (name, options, progress) => push(parts, name, options, progress),
    authenticate: (address, auth, signal) => registry.authenticate(registryOf(address), auth, signal),
    search: async (term, { filters, ...options }) => {
      const found = await registry.search(term, options);
      return found.filter((result) => fits(result, filters));
    },
    async distribution(name, auth, signal) {
      const { reference, repository } = lookup(name, auth);
      const found = await repository.manifest(keyOf(reference), signal);
      const platforms = await platformsOf(found, name, (config) =>
        readDocument(repository, config, `the configuration of ${name}`, signal),
      );
      const { digest, mediaType, bytes } = found;
      return { Descriptor: { mediaType, digest, size: bytes.byteLength }, Platforms: platforms };
    },
    manifest(name, auth, signal) {
      const { reference, repository } = lookup(name, auth);
      return repository.manifest(keyOf(reference), signal);
    },
    async putManifest(name, manifest, auth, signal, from) {
      const { reference, repository } = lookup(name, auth);
      if (from !== undefined && from !== reference.path) {
        const source = registry.repository({ domain: reference.domain, path: from }, auth);
        await copyBlobs(source, from, repository, manifest, signal);
      }
      return repository.pushManifest(keyOf(reference), manifest, signal);
    },
    referrers(name, auth, signal) {
      const { reference, repository } = lookup(name, auth);
      return listReferrers(repository, keyOf(reference), name, signal);
    },
    async tags(name, auth, signal) {
      const { reference, repository } = lookup(name, auth);
      if (parseReference(name).tag !== undefined || reference.digest) {
        throw invalid(`${name} names one image: give a repository without a tag to list its tags`);
      }
      return (await repository.tags(signal)).sort();
    },
  };
}

const keyOf = ({ tag, digest }: Reference): string => digest ?? (tag as string);

/** Gives a repository the blobs of an image manifest that another one of the same registry has. */
async function copyBlobs(
  source: Repository,
  from: string,
  target: Repository,
  { mediaType, bytes }: { mediaType: string; bytes: Uint8Array },
  signal: AbortSignal,
): Promise<void> {
  const manifest = parseManifest(bytes, mediaType, "the manifest");
  if (manifest.kind === "index") return;
  for (const blob of [manifest.config, ...manifest.layers]) {
    await target.pushBlob({ ...blob, read: (at) => source.blob(blob, at, signal) }, { from: [from], signal });
  }
}

async function platformsOf(
  { mediaType, bytes }: RemoteManifest,
  name: string,
  read: (config: BlobDescriptor) => Promise<Uint8Array>,
): Promise<{ os: string; architecture: string; variant?: string }[]> {
  const manifest = parseManifest(bytes, mediaType, name);
  if (manifest.kind === "index") {
    const images = manifest.manifests.filter((entry) => !isAttestation(entry));
    return images.flatMap(({ platform }) => (platform ? [{ ...platform }] : []));
  }
  const config = await read(manifest.config);
  const { os, architecture, variant } = parseImageConfig(config, `configuration of ${name}`);
  return [{ os, architecture, ...(variant && { variant }) }];
}

/** Docker's filters of search results. @throws invalid */
function fits(result: SearchResult, filters: ReadonlyMap<string, readonly string[]>): boolean {
  return [...filters].every(([key, values]) => values.every((value) => fitsOne(result, key, value)));
}

function fitsOne(result: SearchResult, key: string, value: string): boolean {
  switch (key) {
    case "is-official":
      return result.is_official === (value === "true" || value === "1");
    case "is-automated":
      return result.is_automated === (value === "true" || value === "1");
    case "stars":
      if (!/^\d+$/.test(value)) throw invalid(`invalid filter 'stars=[${value}]'`);
      return result.star_count >= Number(value);
    default:
      throw invalid(`invalid filter '${key}'`);
  }
}
