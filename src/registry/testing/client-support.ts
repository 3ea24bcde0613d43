import { digestOf } from "../../core/index.ts";
import { openRegistryClient } from "../client/open-registry-client.ts";
import type { Timing } from "../client/timing.ts";
import type { BlobSource, RegistryAuth, RegistrySettings, Repository } from "../client/types.ts";
import { registryProgram } from "./start-registry.ts";

/** Without these programs there is no registry, or no certificate, to test with. */
export const withoutRegistry = !registryProgram || !Bun.which("openssl");

/** A signal of nobody's. */
export const unhurried = () => new AbortController().signal;

/** A client that does not sleep but notes how long it would have, in ms. */
export function testClient(settings: Partial<RegistrySettings> = {}, timing: Partial<Timing> = {}) {
  const pauses: number[] = [];
  const messages: string[] = [];
  const client = openRegistryClient(
    {
      ...{ insecure: [], mirrors: [], certificates: [], environment: {} },
      ...{ userAgent: "berth-test", log: (message: string) => messages.push(message) },
      ...settings,
    },
    {
      sleep: async (ms, signal) => {
        signal.throwIfAborted();
        pauses.push(ms);
      },
      random: () => 0.5,
      ...timing,
    },
  );
  const repository = (domain: string, path = "some/image", auth?: RegistryAuth): Repository =>
    client.repository({ domain, path }, auth);
  return { client, repository, pauses, messages };
}

export function randomBytes(size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  for (let at = 0; at < size; at += 65536) crypto.getRandomValues(bytes.subarray(at, at + 65536));
  return bytes;
}

/** A blob to push; `reads` has the offsets it was read from. */
export function blobOf(bytes: Uint8Array, piece = 100_000): BlobSource & { readonly reads: number[] } {
  const reads: number[] = [];
  return {
    digest: digestOf(bytes),
    size: bytes.length,
    reads,
    async *read(from) {
      reads.push(from);
      for (let at = from; at < bytes.length; at += piece) yield bytes.subarray(at, at + piece);
    },
  };
}

export async function collect(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const all: Uint8Array[] = [];
  for await (const piece of pieces) all.push(piece);
  return Buffer.concat(all);
}

export const MANIFEST_TYPE = "application/vnd.oci.image.manifest.v1+json";

/** A manifest over these blobs, as bytes. */
export function manifestOf(config: BlobSource, layers: readonly BlobSource[], more: object = {}): Uint8Array {
  const descriptor = (mediaType: string, { digest, size }: BlobSource) => ({ mediaType, digest, size });
  return Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MANIFEST_TYPE,
      config: descriptor("application/vnd.oci.image.config.v1+json", config),
      layers: layers.map((layer) => descriptor("application/vnd.oci.image.layer.v1.tar", layer)),
      ...more,
    }),
  );
}

/** Pushes a small image and says what it is made of. */
export async function pushImage(repository: Repository, tag: string, size = 1000) {
  const signal = unhurried();
  const config = blobOf(Buffer.from(JSON.stringify({ architecture: "amd64", os: "linux", tag })));
  const content = randomBytes(size);
  const layer = blobOf(content);
  await repository.pushBlob(config, { signal });
  await repository.pushBlob(layer, { signal });
  const bytes = manifestOf(config, [layer]);
  const digest = await repository.pushManifest(tag, { mediaType: MANIFEST_TYPE, bytes }, signal);
  return { config, layer, content, bytes, digest };
}
