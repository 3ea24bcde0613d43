import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { type Digest, digestOf, hexOf } from "../core/index.ts";
import { MEDIA } from "../spec/index.ts";
import type { Repository } from "./client/types.ts";
import { listReferrers } from "./referrers.ts";
import {
  blobOf,
  MANIFEST_TYPE,
  manifestOf,
  pushImage,
  testClient,
  unhurried,
  withoutRegistry,
} from "./testing/client-support.ts";
import { startRegistry, type TestRegistry } from "./testing/start-registry.ts";

const SIGNATURE = "application/vnd.example.signature.v1+json";
const signal = unhurried();

/** Pushes a manifest that says what it is and what it refers to. */
async function pushReferrer(repository: Repository, subject: { digest: Digest; bytes: Uint8Array }) {
  const config = blobOf(Buffer.from("{}"));
  await repository.pushBlob(config, { signal });
  const about = { mediaType: MANIFEST_TYPE, digest: subject.digest, size: subject.bytes.length };
  const bytes = manifestOf(config, [], { artifactType: SIGNATURE, subject: about });
  const digest = await repository.pushManifest(digestOf(bytes), { mediaType: MANIFEST_TYPE, bytes }, signal);
  return { mediaType: MANIFEST_TYPE, digest, size: bytes.length };
}

const indexOf = (manifests: readonly object[]) =>
  Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: MEDIA.ociIndex, manifests }));

describe.skipIf(withoutRegistry)("a registry without the API", () => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await startRegistry();
  });
  afterAll(() => registry[Symbol.asyncDispose]());

  test("has them under a tag, and none where nobody made it", async () => {
    const repository = testClient().repository(registry.host, "signed/image");
    const image = await pushImage(repository, "v1");
    expect(await listReferrers(repository, "v1", "image:v1", signal)).toEqual({
      digest: image.digest,
      referrers: [],
    });
    const referrer = await pushReferrer(repository, image);
    const entries = [
      { ...referrer, artifactType: SIGNATURE, annotations: { "org.example.by": "me" } },
      { ...referrer, artifactType: "\u001b[2Jno type" },
    ];
    const manifest = { mediaType: MEDIA.ociIndex, bytes: indexOf(entries) };
    await repository.pushManifest(`sha256-${hexOf(image.digest)}`, manifest, signal);
    const expected = { digest: image.digest, referrers: [entries[0], referrer] };
    expect(await listReferrers(repository, "v1", "image:v1", signal)).toEqual(expected as never);
    expect(await listReferrers(repository, image.digest, "image", signal)).toEqual(expected as never);
  });

  test("a tag that is not there is not found; one that is no list is refused", async () => {
    const repository = testClient().repository(registry.host, "odd/image");
    await expect(listReferrers(repository, "nope", "image:nope", signal)).rejects.toMatchObject({
      kind: "notFound",
    });
    const { digest, bytes } = await pushImage(repository, "v1");
    await repository.pushManifest(`sha256-${hexOf(digest)}`, { mediaType: MANIFEST_TYPE, bytes }, signal);
    await expect(listReferrers(repository, "v1", "image:v1", signal)).rejects.toMatchObject({
      kind: "invalid",
      message: "what the registry has as list of what refers to image:v1 is no list",
    });
  });
});

describe("a registry with the API", () => {
  const subject = digestOf("an image");
  const one = { mediaType: MANIFEST_TYPE, digest: digestOf("one"), size: 3, artifactType: SIGNATURE };
  const two = { mediaType: MANIFEST_TYPE, digest: digestOf("two"), size: 3 };

  /** A registry of the test's own: it answers the list as told. */
  async function registryWith(answer: (page: string | null) => Response) {
    const asked: string[] = [];
    const server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      fetch(request) {
        const { pathname, search, searchParams } = new URL(request.url);
        if (pathname === "/v2/") return new Response("{}");
        asked.push(`${request.method} ${pathname}${search}`);
        return answer(searchParams.get("page"));
      },
    });
    const repository = testClient().repository(`127.0.0.1:${server.port}`, "a/b");
    return { repository, asked, [Symbol.asyncDispose]: () => server.stop(true) };
  }
  const page = (manifests: readonly object[], headers: Record<string, string> = {}) =>
    new Response(indexOf(manifests), { headers: { "Content-Type": MEDIA.ociIndex, ...headers } });

  test("is asked for them, page by page", async () => {
    const path = `/v2/a/b/referrers/${subject}`;
    await using registry = await registryWith((at) =>
      at === null ? page([one], { Link: `<${path}?page=2>; rel="next"` }) : page([two]),
    );
    expect(await listReferrers(registry.repository, subject, "b", signal)).toEqual({
      digest: subject,
      referrers: [one, two],
    });
    expect(registry.asked).toEqual([`GET ${path}`, `GET ${path}?page=2`]);
  });

  test.each([
    ["no JSON", () => new Response("<html>")],
    ["a digest that is none", () => page([{ ...one, digest: "sha256:../../etc" }])],
    ["a size that is none", () => page([{ ...one, size: -1 }])],
    ["more than can be", () => page(Array(1001).fill(one))],
    ["pages without end", () => page([one], { Link: `</v2/a/b/referrers/${subject}?page=2>; rel="next"` })],
  ])("%s is refused", async (_, answer) => {
    await using registry = await registryWith(answer);
    await expect(listReferrers(registry.repository, subject, "b", signal)).rejects.toMatchObject({
      kind: "invalid",
    });
  });
});
