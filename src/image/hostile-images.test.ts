import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import { digestOf, hexOf, parseReference, withDefaultTag } from "../core/index.ts";
import { MEDIA } from "../spec/index.ts";
import type { RemoteLayer } from "./index.ts";
import { opened, remoteImage, silent, takeInto } from "./remote.test-helper.ts";
import { inPieces, tarOf } from "./tar/test-support.ts";
import { TestRoom } from "./test-support.ts";

let room: TestRoom;
beforeEach(async () => {
  room = await TestRoom.open();
});
afterEach(() => room[Symbol.asyncDispose]());

const partials = () => readdirSync(join(room.path, "content", "partial"));
const indexBytes = (children: readonly { bytes: Uint8Array; mediaType: string }[]) =>
  Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: MEDIA.ociIndex,
      manifests: children.map(({ bytes, mediaType }) => ({
        mediaType,
        digest: digestOf(bytes),
        size: bytes.byteLength,
        platform: { os: "linux", architecture: "amd64" },
      })),
    }),
  );

/** Indexes that name the next one, and the last an image, a thousand times each; outermost last. */
function deepIndexes(manifest: Uint8Array) {
  let child: { bytes: Uint8Array; mediaType: string } = { bytes: manifest, mediaType: MEDIA.ociManifest };
  return [1, 2, 3].map(() => {
    const bytes = indexBytes(Array(1000).fill(child));
    const parts = Array(1000).fill(digestOf(child.bytes));
    child = { bytes, mediaType: MEDIA.ociIndex };
    return { digest: digestOf(bytes), mediaType: MEDIA.ociIndex, bytes, parts };
  });
}

describe("a layer's blob must hold the layer it is said to hold", () => {
  const arrive = async (layer: RemoteLayer, blob: Uint8Array) => {
    await using intake = room.images.intake();
    expect(intake.has(layer)).toBe(false);
    await intake.layer(layer, (from) => inPieces(blob.subarray(from), 50), silent);
  };

  test("even when that layer is stored already", async () => {
    await room.make("base:1", ["base"]);
    const [diffId] = room.images.resolve("base:1").layers;
    const before = room.kept();
    const { layer, blob } = await remoteImage("other");
    await expect(arrive({ ...layer, diffId: diffId as never }, blob)).rejects.toThrow(
      /content has digest .* expected/,
    );
    expect(room.kept()).toEqual(before);
    expect(partials()).toEqual([]);
  });

  test("even when both are stored already", async () => {
    const [one, two] = [await remoteImage("one"), await remoteImage("two")];
    await takeInto(room, [one], "one:1");
    await takeInto(room, [two], "two:1");
    const before = room.kept();
    await expect(arrive({ ...one.layer, diffId: two.layer.diffId }, one.blob)).rejects.toThrow(
      /content has digest .* expected/,
    );
    expect(room.kept()).toEqual(before);
    await using intake = room.images.intake();
    expect(intake.has(one.layer)).toBe(true);
  });

  test("and be whole and verified, also behind the end of what it holds", async () => {
    const tar = await tarOf([{ name: "file", type: "file", body: Buffer.from("text") }]);
    for (const packed of [gzipSync(tar), zstdCompressSync(tar)]) {
      const blob = Buffer.concat([packed, Buffer.alloc(1 << 20)]);
      for (const digest of [digestOf("something else"), digestOf(blob)]) {
        const layer = { digest, size: blob.byteLength, diffId: digestOf(tar) };
        await expect(arrive(layer, blob)).rejects.toThrow("goes on after the end");
        expect(room.kept()).toEqual({ blobs: [], layers: [], images: [], rows: [] });
        expect(partials()).toEqual([]);
      }
    }
  });
});

test("a blob of any size is not read as a document because a manifest says so", async () => {
  const large = await room.images.addLayer(
    inPieces(await tarOf([{ name: "f", type: "file", body: Buffer.alloc(9 << 20) }]), 1 << 20),
  );
  await using intake = room.images.intake();
  await expect(intake.document(large.diffId)).rejects.toThrow("too large for a document");
});

describe("indexes that name the same a thousand times on each level", () => {
  test("are followed once", async () => {
    const remote = await remoteImage("one");
    const indexes = deepIndexes(remote.manifest.bytes);
    const { digest: target } = indexes.at(-1) as (typeof indexes)[number];
    await takeInto(room, [remote], "deep:1", { indexes, target });
    expect(room.images.list()).toHaveLength(1);
    await room.images.remove("deep:1");
    expect(room.kept()).toEqual({ blobs: [], layers: [], images: [], rows: [] });
  });

  test("are read once from an archive", async () => {
    const remote = await remoteImage("one");
    const indexes = deepIndexes(remote.manifest.bytes);
    const blobs = [remote.blob, remote.config, remote.manifest.bytes, ...indexes.map(({ bytes }) => bytes)];
    const top = indexes.at(-1) as (typeof indexes)[number];
    const archive = await tarOf([
      ...blobs.map((body) => ({
        name: `blobs/sha256/${hexOf(digestOf(body))}`,
        type: "file" as const,
        body: Buffer.from(body),
      })),
      { name: "index.json", type: "file", body: indexBytes([top]) },
    ]);
    expect(await room.load(archive, 1 << 20)).toEqual([`Loaded image ID: ${digestOf(remote.config)}`]);
  });
});

describe("images that come and go at the same time", () => {
  test("who waits for a layer that another fetches may leave", async () => {
    const remote = await remoteImage("one");
    const { promise: line, resolve } = Promise.withResolvers<void>();
    const slow = async function* () {
      await line;
      yield remote.blob;
    };
    await using first = room.images.intake();
    const fetching = first.layer(remote.layer, slow, silent);
    const leaving = new AbortController();
    {
      await using second = room.images.intake();
      const waiting = second.layer(remote.layer, opened(remote), silent, leaving.signal);
      leaving.abort(new Error("gone"));
      await expect(waiting).rejects.toThrow("gone");
    }
    resolve();
    await fetching;
    expect(first.has(remote.layer)).toBe(true);
  });

  test("one that is recorded while it is removed has its configuration", async () => {
    await room.make("old:1", ["text"]);
    const { id, config } = room.images.resolve("old:1");
    const ingest = room.content.ingest.bind(room.content);
    // The disk takes its time to answer.
    room.content.ingest = async (...args) => {
      const kept = await ingest(...args);
      await room.images.remove("old:1");
      return kept;
    };
    await room.images.commit(config, { tags: ["new:1"] });
    expect(room.images.resolve("new:1").id).toBe(id);
    expect(room.content.has(id)).toBe(true);
    await room.start();
    expect(room.images.resolve("new:1").id).toBe(id);
  });

  test("one that is removed while its layers are compressed is still sent, and gone afterwards", async () => {
    await room.make("own:1", ["one", "two"]);
    let removing: Promise<unknown> | undefined;
    {
      await using going = await room.images.outgoing(withDefaultTag(parseReference("own:1")), {
        signal: new AbortController().signal,
        onCompress: () => {
          removing ??= room.images.remove("own:1");
        },
      });
      await removing;
      for (const { digest } of going.manifests[0]?.blobs ?? []) {
        for await (const piece of going.read(digest, 0)) expect(piece.byteLength).toBeGreaterThan(0);
      }
      expect(going.manifests[0]?.blobs).toHaveLength(3);
      going.sent();
    }
    expect(room.kept()).toEqual({ blobs: [], layers: [], images: [], rows: [] });
  });

  test("an index of which one image was removed is not taken for whole", async () => {
    const [amd, arm] = [await remoteImage("amd"), await remoteImage("arm", { architecture: "arm64" })];
    const bytes = indexBytes([amd.manifest, arm.manifest]);
    const index = {
      digest: digestOf(bytes),
      mediaType: MEDIA.ociIndex,
      bytes,
      parts: [amd.manifest.digest, arm.manifest.digest],
    };
    await takeInto(room, [amd, arm], "multi:1", { indexes: [index], target: index.digest });
    await room.images.remove(digestOf(arm.config));
    await using going = await room.images.outgoing(withDefaultTag(parseReference("multi:1")), {
      signal: new AbortController().signal,
    });
    expect(going.manifests.map(({ digest }) => digest)).toEqual([amd.manifest.digest]);
  });
});

test("the configuration of an image that could not be read at the start is not taken for a stray", async () => {
  const id = await room.make("a:1", ["one"]);
  const bytes = await room.content.read(id);
  await Bun.write(room.content.path(id), "unreadable");
  await room.start();
  expect(room.images.find("a:1")).toBeUndefined();
  await room.images.check({ repair: true, signal: new AbortController().signal });
  expect(room.content.has(id)).toBe(true);
  await Bun.write(room.content.path(id), bytes);
  await room.start();
  expect(room.images.find("a:1")?.id).toBe(id);
});

test("what cannot be made again from a damaged source stays", async () => {
  let remote = await remoteImage("0");
  // Blobs are looked at in the order of their digests: the tar before what it came in.
  for (let at = 1; remote.layer.diffId > remote.layer.digest; at++) remote = await remoteImage(String(at));
  await takeInto(room, [remote], "a:1");
  const { digest, diffId } = remote.layer;
  for (const blob of [digest, diffId]) await Bun.write(room.content.path(blob), "damaged");
  await room.images.check({ repair: true, signal: new AbortController().signal });
  expect(room.content.has(diffId)).toBe(true);
  await using intake = room.images.intake();
  await intake.layer(remote.layer, opened(remote), silent);
});
