import { afterAll, afterEach, beforeEach, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openContent } from "../content/index.ts";
import { type Digest, digestOf, notFound } from "../core/index.ts";
import { type Images, type LayerSink, openImages } from "../image/index.ts";
import { MEDIA } from "../spec/index.ts";
import { openState } from "../state/index.ts";
import type { RegistryClient, Repository } from "./client/types.ts";
import { openRegistries } from "./open-registries.ts";

const root = mkdtempSync(join(tmpdir(), "berth-pull-"));
afterAll(() => rmSync(root, { recursive: true }));

/** Layers of which only the names are kept. */
function namedLayers(): LayerSink {
  const names = new Set<Digest>();
  return {
    has: (diffId) => names.has(diffId),
    add: async (diffId) => void names.add(diffId),
    remove: async (diffId) => void names.delete(diffId),
    readsTar: () => true,
    size: () => 0,
    directory: (diffId) => join(root, diffId),
    list: () => [...names],
  };
}

let images: Images;
let close: () => void;
/** Everything that is stored. */
let kept: () => Digest[];
beforeEach(async () => {
  const path = mkdtempSync(join(root, "room-"));
  const [state, content, layers] = [openState(join(path, "db")), openContent(path), namedLayers()];
  const nothing = { uses: () => [], applyChanges: () => ({}), publish: () => {}, log: () => {} };
  images = await openImages({ state, content, layers, ...nothing });
  close = () => state.close();
  kept = () => [...content.list(), ...layers.list()];
});
afterEach(() => close());

/** A registry whose owner may answer what no real one would store. */
class HostileRegistry {
  readonly asked: Digest[] = [];
  readonly #blobs = new Map<Digest, { bytes: Uint8Array; mediaType: string }>();

  add(value: object | Uint8Array, mediaType: string) {
    const bytes = value instanceof Uint8Array ? value : Buffer.from(JSON.stringify(value));
    const digest = digestOf(bytes);
    this.#blobs.set(digest, { bytes, mediaType });
    return { digest, mediaType, size: bytes.byteLength };
  }

  index(manifests: readonly object[]) {
    return this.add({ schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests }, MEDIA.ociIndex);
  }

  manifest(config: object, layers: readonly object[]) {
    return this.add({ schemaVersion: 2, mediaType: MEDIA.ociManifest, config, layers }, MEDIA.ociManifest);
  }

  /** An image without layers. */
  image(architecture = "amd64") {
    const rootfs = { type: "layers", diff_ids: [] };
    return this.manifest(this.add({ architecture, os: "linux", rootfs }, MEDIA.ociConfig), []);
  }

  pull(target: Digest) {
    const find = (digest: Digest) => {
      this.asked.push(digest);
      const found = this.#blobs.get(digest);
      if (!found) throw notFound(`${digest} unknown`);
      return { digest, ...found };
    };
    const repository: Partial<Repository> = {
      manifest: async (key) => find(key === "1" ? target : (key as Digest)),
      async *blob({ digest }) {
        yield find(digest).bytes;
      },
    };
    const client: Partial<RegistryClient> = { repository: () => repository as Repository };
    const { signal } = new AbortController();
    return openRegistries(images, client as RegistryClient).pull(
      "hostile/image:1",
      { allPlatforms: true, signal },
      () => {},
    );
  }
}

async function* onePiece(bytes: Uint8Array) {
  yield bytes;
}

const amd64 = { platform: { os: "linux", architecture: "amd64" } };

describe("a hostile registry", () => {
  test("that names the same a thousand times on each level is asked once", async () => {
    const registry = new HostileRegistry();
    let child: object = { ...registry.image(), ...amd64 };
    for (let level = 0; level < 2; level++) child = { ...registry.index(Array(1000).fill(child)), ...amd64 };
    const top = registry.index(Array(1000).fill(child));
    await registry.pull(top.digest);
    expect(registry.asked).toHaveLength(5);
    expect(images.list()).toHaveLength(1);
    await images.remove("hostile/image:1");
    expect(kept()).toEqual([]);
  });

  test("does not fill the memory with documents, each of which is small enough", async () => {
    const registry = new HostileRegistry();
    const note = { "vnd.docker.reference.type": "attestation-manifest" };
    const attestations = Array.from({ length: 10 }, (_, at) => {
      const large = registry.add(Buffer.alloc(7 << 20, at), "application/vnd.in-toto+json");
      return { ...registry.manifest(registry.add({ at }, MEDIA.ociConfig), [large]), annotations: note };
    });
    const top = registry.index([{ ...registry.image(), ...amd64 }, ...attestations]);
    await expect(registry.pull(top.digest)).rejects.toThrow("larger than 64 MiB together");
    expect(kept()).toEqual([]);
  });

  test("gives one blob two meanings in one image: refused", async () => {
    const registry = new HostileRegistry();
    const tar = new Uint8Array(1024);
    const blob = registry.add(Bun.gzipSync(tar), `${MEDIA.ociLayer}+gzip`);
    const { diffId: base } = await images.addLayer(onePiece(Buffer.alloc(2048)));
    const before = kept();
    const rootfs = { type: "layers", diff_ids: [base, digestOf(tar)] };
    const config = registry.add({ architecture: "amd64", os: "linux", rootfs }, MEDIA.ociConfig);
    const { digest } = registry.manifest(config, [blob, blob]);
    await expect(registry.pull(digest)).rejects.toThrow("expected");
    expect(kept()).toEqual(before);
  });

  test("has an image with the same layer twice, and an empty one", async () => {
    const registry = new HostileRegistry();
    const tar = new Uint8Array(1024);
    const blob = registry.add(Bun.gzipSync(tar), `${MEDIA.ociLayer}+gzip`);
    const nothing = registry.add(new Uint8Array(0), MEDIA.ociLayer);
    const rootfs = { type: "layers", diff_ids: [digestOf(tar), digestOf(tar), nothing.digest] };
    const config = registry.add({ architecture: "amd64", os: "linux", rootfs }, MEDIA.ociConfig);
    await registry.pull(registry.manifest(config, [blob, blob, nothing]).digest);
    expect(images.resolve("hostile/image:1").layers).toEqual(rootfs.diff_ids as Digest[]);
    await images.remove("hostile/image:1");
    expect(kept()).toEqual([]);
  });
});
