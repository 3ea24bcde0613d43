import { afterAll, beforeAll, test } from "bun:test";
import { createHash } from "node:crypto";
import {
  type RegistryOptions,
  registryProgram,
  startRegistry,
  type TestRegistry,
} from "../../src/registry/testing/start-registry.ts";

export { type Fault, type FaultyProxy, startFaultyProxy } from "../../src/registry/testing/faulty-proxy.ts";
export { TEST_USER } from "../../src/registry/testing/start-registry.ts";

export const MEDIA = {
  index: "application/vnd.oci.image.index.v1+json",
  manifest: "application/vnd.oci.image.manifest.v1+json",
  config: "application/vnd.oci.image.config.v1+json",
  layer: "application/vnd.oci.image.layer.v1.tar+gzip",
  dockerManifest: "application/vnd.docker.distribution.manifest.v2+json",
  dockerList: "application/vnd.docker.distribution.manifest.list.v2+json",
} as const;

/** The digest of bytes as registries write it. */
export const digestOf = (bytes: Uint8Array | string): string =>
  `sha256:${createHash("sha256").update(bytes).digest("hex")}`;

export interface Descriptor {
  readonly mediaType: string;
  readonly digest: string;
  readonly size: number;
  readonly platform?: { readonly os: string; readonly architecture: string; readonly variant?: string };
  readonly artifactType?: string;
}

export interface StoredManifest {
  readonly digest: string;
  readonly mediaType: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  // biome-ignore lint/suspicious/noExplicitAny: whatever the registry has
  readonly json: any;
}

/** A registry of one test file, and what is in it, seen without any client. */
export class FileRegistry {
  #running: TestRegistry | undefined;

  constructor(private readonly options: RegistryOptions) {}

  /** Registers its start and end with the test file. */
  use(): this {
    beforeAll(async () => {
      this.#running = await startRegistry(this.options);
    }, 30_000);
    afterAll(() => this.#running?.[Symbol.asyncDispose]());
    return this;
  }

  get running(): TestRegistry {
    if (!this.#running) throw new Error("the registry is there inside of tests only");
    return this.#running;
  }

  /** `127.0.0.1:PORT` */
  get host(): string {
    return this.running.host;
  }

  /** The full name of a repository or image: `app:1` is `127.0.0.1:PORT/app:1`. */
  name(path: string): string {
    return `${this.host}/${path}`;
  }

  request(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    return fetch(new URL(path, this.running.url), { ...init, method });
  }

  /** A manifest or index with its digest, as it is stored. @throws when there is none */
  async manifest(repository: string, reference: string): Promise<StoredManifest> {
    const response = await this.request("GET", `/v2/${repository}/manifests/${reference}`, {
      headers: { Accept: [MEDIA.index, MEDIA.manifest, MEDIA.dockerManifest, MEDIA.dockerList].join(", ") },
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    const text = Buffer.from(bytes).toString();
    if (!response.ok) throw new Error(`${repository} ${reference}: ${response.status} ${text}`);
    const mediaType = response.headers.get("content-type") ?? "";
    return { digest: digestOf(bytes), mediaType, bytes, json: JSON.parse(text) };
  }

  async blob(repository: string, digest: string): Promise<Uint8Array<ArrayBuffer>> {
    const response = await this.request("GET", `/v2/${repository}/blobs/${digest}`);
    if (!response.ok) throw new Error(`${repository} ${digest}: ${response.status}`);
    return new Uint8Array(await response.arrayBuffer());
  }

  async putBlob(repository: string, bytes: Uint8Array<ArrayBuffer>, mediaType: string): Promise<Descriptor> {
    const digest = digestOf(bytes);
    const opened = await this.request("POST", `/v2/${repository}/blobs/uploads/`);
    const place = new URL(opened.headers.get("location") ?? "", this.running.url);
    place.searchParams.set("digest", digest);
    const headers = { "Content-Type": "application/octet-stream" };
    const put = await fetch(place, { method: "PUT", headers, body: bytes });
    if (!put.ok) throw new Error(`blob for ${repository}: ${put.status} ${await put.text()}`);
    return { mediaType, digest, size: bytes.byteLength };
  }

  /** Puts a manifest or index; `value` is JSON, or the bytes as they are to be kept. */
  async putManifest(
    repository: string,
    reference: string,
    mediaType: string,
    value: object | Uint8Array<ArrayBuffer>,
  ): Promise<Descriptor> {
    const bytes = value instanceof Uint8Array ? value : Buffer.from(JSON.stringify(value));
    const put = await this.request("PUT", `/v2/${repository}/manifests/${reference}`, {
      headers: { "Content-Type": mediaType },
      body: bytes,
    });
    if (!put.ok) throw new Error(`manifest for ${repository}: ${put.status} ${await put.text()}`);
    return { mediaType, digest: digestOf(bytes), size: bytes.byteLength };
  }

  async tags(repository: string): Promise<string[]> {
    const reply = await (await this.request("GET", `/v2/${repository}/tags/list`)).json();
    return (reply as { tags: string[] | null }).tags ?? [];
  }
}

/**
 * Registers scenarios that need a registry; where the program is not on this machine they are shown as skipped.
 */
export function withRegistry(
  scenario: (registry: FileRegistry) => void,
  options: RegistryOptions = {},
): void {
  if (registryProgram) scenario(new FileRegistry(options).use());
  else test.skip("not run: the docker-registry program is not on this machine", () => {});
}
