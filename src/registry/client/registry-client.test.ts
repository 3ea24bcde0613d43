import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { digestOf } from "../../core/index.ts";
import {
  blobOf,
  collect,
  MANIFEST_TYPE,
  pushImage,
  randomBytes,
  testClient,
  unhurried,
  withoutRegistry,
} from "../testing/client-support.ts";
import { startRegistry, type TestRegistry } from "../testing/start-registry.ts";

describe.skipIf(withoutRegistry)("a plain registry", () => {
  let registry: TestRegistry;
  const { repository } = testClient();
  const signal = unhurried();
  beforeAll(async () => {
    registry = await startRegistry();
  });
  afterAll(() => registry[Symbol.asyncDispose]());

  test("what is pushed comes back byte for byte", async () => {
    const repo = repository(registry.host);
    const image = await pushImage(repo, "v1", 300_000);
    const manifest = await repo.manifest("v1", signal);
    expect(manifest).toEqual({ digest: image.digest, mediaType: MANIFEST_TYPE, bytes: manifest.bytes });
    expect(Buffer.from(manifest.bytes).equals(Buffer.from(image.bytes))).toBe(true);
    expect((await repo.manifest(image.digest, signal)).digest).toBe(image.digest);
    expect(await repo.digestOf("v1", signal)).toEqual({
      digest: image.digest,
      mediaType: MANIFEST_TYPE,
      size: image.bytes.length,
    });
    expect(digestOf(await collect(repo.blob(image.layer, 0, signal)))).toBe(image.layer.digest);
    const rest = await collect(repo.blob(image.layer, 123_456, signal));
    expect(Buffer.from(rest).equals(Buffer.from(image.content.subarray(123_456)))).toBe(true);
    expect(await collect(repo.blob(image.layer, 300_000, signal))).toHaveLength(0);
  });

  test("a blob is sent once, and mounted from a repository that has it", async () => {
    const blob = blobOf(randomBytes(250_000));
    const sent: number[] = [];
    const onProgress = (bytes: number) => sent.push(bytes);
    expect(await repository(registry.host, "one").pushBlob(blob, { signal, onProgress })).toBe("uploaded");
    expect(sent).toEqual([100_000, 200_000, 250_000]);
    expect(blob.reads).toEqual([0]);
    expect(await repository(registry.host, "one").pushBlob(blob, { signal })).toBe("exists");
    const from = ["nothing/here", "one"];
    expect(await repository(registry.host, "two").pushBlob(blob, { signal, from: ["one"] })).toBe("mounted");
    // The first has nothing: the registry begins an upload, which is used.
    expect(await repository(registry.host, "three").pushBlob(blob, { signal, from })).toBe("uploaded");
    expect(await collect(repository(registry.host, "three").blob(blob, 0, signal))).toHaveLength(250_000);
  });

  test("an empty blob is a blob", async () => {
    const blob = blobOf(new Uint8Array());
    expect(await repository(registry.host).pushBlob(blob, { signal })).toBe("uploaded");
    expect(await repository(registry.host).pushBlob(blob, { signal })).toBe("exists");
    expect(await collect(repository(registry.host).blob(blob, 0, signal))).toHaveLength(0);
  });

  test("what is not there is not found, in the registry's words", async () => {
    const repo = repository(registry.host, "nobody/nothing");
    const digest = digestOf("nothing");
    await expect(repo.manifest("v1", signal)).rejects.toMatchObject({
      kind: "notFound",
      message: "manifest unknown: manifest unknown",
    });
    await expect(repo.digestOf("v1", signal)).rejects.toMatchObject({ kind: "notFound" });
    await expect(collect(repo.blob({ digest, size: 7 }, 0, signal))).rejects.toMatchObject({
      kind: "notFound",
      message: "blob unknown: blob unknown to registry",
    });
    await expect(repo.tags(signal)).rejects.toMatchObject({ kind: "notFound" });
  });

  test("tags come page by page", async () => {
    const repo = repository(registry.host, "many/tags");
    const { bytes } = await pushImage(repo, "t0");
    for (const tag of ["t1", "t2", "latest"]) {
      await repo.pushManifest(tag, { mediaType: MANIFEST_TYPE, bytes }, signal);
    }
    expect((await repo.tags(signal)).sort()).toEqual(["latest", "t0", "t1", "t2"]);
  });

  test("a registry without the referrers API has them under a tag, or has none", async () => {
    const repo = repository(registry.host, "with/referrers");
    const image = await pushImage(repo, "v1");
    const none = await repo.referrers(image.digest, signal);
    expect(JSON.parse(Buffer.from(none.bytes).toString())).toMatchObject({ manifests: [] });
    const { digest } = await repo
      .pushManifest(image.digest.replace(":", "-"), { mediaType: MANIFEST_TYPE, bytes: image.bytes }, signal)
      .then((digest) => ({ digest }));
    expect((await repo.referrers(image.digest, signal)).digest).toBe(digest);
  });

  test("a manifest whose blobs are missing is refused, and what is no name is not sent", async () => {
    const repo = repository(registry.host, "bad/manifest");
    const bytes = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        config: { mediaType: "x", digest: digestOf("no"), size: 2 },
        layers: [],
      }),
    );
    await expect(repo.pushManifest("v1", { mediaType: MANIFEST_TYPE, bytes }, signal)).rejects.toMatchObject({
      kind: expect.stringMatching(/invalid|notFound/),
    });
    await expect(async () => repo.manifest("../../x", signal)).toThrow("invalid tag or digest");
    expect(() => repository(registry.host, "a/../b")).toThrow("invalid repository name");
    expect(() => repository("host/evil")).toThrow("invalid registry name");
  });
});
