import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { type Digest, digestOf, parseReference, unavailable, withDefaultTag } from "../core/index.ts";
import type { Reception, RemoteLayer } from "./index.ts";
import { indexOf, opened, type Remote, remoteImage, silent, takeInto } from "./remote.test-helper.ts";
import { inPieces } from "./tar/test-support.ts";
import { TestRoom } from "./test-support.ts";

let room: TestRoom;
beforeEach(async () => {
  room = await TestRoom.open();
});
afterEach(() => room[Symbol.asyncDispose]());

const EMPTY = { blobs: [], layers: [], images: [], rows: [] };
const never = new AbortController().signal;

const take = (remotes: readonly Remote[], name: string, more: Partial<Reception> = {}) =>
  takeInto(room, remotes, name, more);

async function sent(name: string, platform?: string): Promise<{ digests: Digest[]; blobs: Digest[] }> {
  const reference = withDefaultTag(parseReference(name));
  const [os = "", architecture = ""] = platform?.split("/") ?? [];
  await using going = await room.images.outgoing(reference, {
    ...(platform && { platform: { os, architecture } }),
    signal: never,
  });
  for (const { digest, bytes } of going.manifests) expect(digestOf(bytes)).toBe(digest);
  for (const { blobs } of going.manifests) {
    for (const blob of blobs) {
      const pieces: Uint8Array[] = [];
      for await (const piece of going.read(blob.digest, 0)) pieces.push(piece);
      expect(digestOf(Buffer.concat(pieces))).toBe(blob.digest);
    }
  }
  going.sent();
  return {
    digests: going.manifests.map(({ digest }) => digest),
    blobs: going.manifests.flatMap(({ blobs }) => blobs.map(({ digest }) => digest)),
  };
}

describe("what comes from a registry goes on as it came", () => {
  for (const pack of ["gzip", "zstd", "none"] as const) {
    test(`layers in ${pack}`, async () => {
      const remote = await remoteImage("one", { pack });
      await take([remote], "here/a:1");
      expect(room.images.inspect("here/a:1").RepoDigests).toEqual([`here/a@${remote.manifest.digest}`]);
      expect(room.images.resolve(`here/a@${remote.manifest.digest}`).id).toBe(digestOf(remote.config));
      room.images.tag("here/a:1", "there:5000/b:2");
      await room.start();
      expect(await sent("there:5000/b:2")).toEqual({
        digests: [remote.manifest.digest],
        blobs: [remote.layer.digest, digestOf(remote.config)],
      });
      expect(room.images.inspect("there:5000/b:2").RepoDigests).toContain(
        `there:5000/b@${remote.manifest.digest}`,
      );
      const archive: Uint8Array[] = [];
      for await (const piece of room.images.save(["here/a:1"])) archive.push(piece);
      for (const name of ["here/a:1", "there:5000/b:2"]) await room.images.remove(name);
      expect(room.kept()).toEqual(EMPTY);
      expect(await room.load(Buffer.concat(archive))).toEqual(["Loaded image: here/a:1"]);
      expect((await sent("here/a:1")).digests).toEqual([remote.manifest.digest]);
    });
  }

  test("one image under names that stand for different manifests keeps them through an archive", async () => {
    const [amd, arm] = [await remoteImage("amd"), await remoteImage("arm", { architecture: "arm64" })];
    const index = await indexOf(amd, arm);
    await take([amd], "single:1");
    room.images.tag("single:1", "single:2");
    await take([amd, arm], "multi:1", { indexes: [index], target: index.digest });
    const names = ["single:1", "single:2", "multi:1"];
    const archive: Uint8Array[] = [];
    for await (const piece of room.images.save(names)) archive.push(piece);
    for (const name of names) await room.images.remove(name);
    expect(room.kept()).toEqual(EMPTY);
    expect((await room.load(Buffer.concat(archive))).sort()).toEqual(
      names.map((name) => `Loaded image: ${name}`).sort(),
    );
    for (const name of ["single:1", "single:2"]) {
      expect((await sent(name)).digests).toEqual([amd.manifest.digest]);
    }
    expect((await sent("multi:1")).digests).toContain(index.digest);
  });

  test("of an archive only the platform that is asked for, under the archive's name", async () => {
    const [amd, arm] = [await remoteImage("amd"), await remoteImage("arm", { architecture: "arm64" })];
    const index = await indexOf(amd, arm);
    await take([amd, arm], "multi:1", { indexes: [index], target: index.digest });
    const archive: Uint8Array[] = [];
    for await (const piece of room.images.save(["multi:1"])) archive.push(piece);
    for (const [platform, { config }] of [
      ["linux/amd64", amd],
      ["linux/arm64", arm],
    ] as const) {
      await room.images.remove("multi:1");
      const pieces = (async function* () {
        yield* archive;
      })();
      await room.images.load(pieces, () => {}, { platforms: [platform] });
      expect(room.images.inspect("multi:1").Id).toBe(digestOf(config));
      expect(room.images.list({ all: true })).toHaveLength(1);
    }
  });

  test("an index goes as a whole when all of it is here, and one platform when that is asked for", async () => {
    const [amd, arm] = [await remoteImage("amd"), await remoteImage("arm", { architecture: "arm64" })];
    const index = await indexOf(amd, arm);
    await take([amd, arm], "multi:1", { indexes: [index], target: index.digest });
    expect(room.images.list().map(({ RepoTags }) => RepoTags)).toEqual([["multi:1"]]);
    expect((await sent("multi:1")).digests).toEqual([amd.manifest.digest, arm.manifest.digest, index.digest]);
    expect((await sent("multi:1", "linux/arm64")).digests).toEqual([arm.manifest.digest]);
    expect(room.images.resolve(`multi@${arm.manifest.digest}`).id).toBe(digestOf(arm.config));
    await room.images.remove(`multi@${arm.manifest.digest}`);
    expect(room.images.find("multi:1", { os: "linux", architecture: "arm64" })?.id).toBe(
      digestOf(arm.config),
    );
    expect(room.images.resolve("multi:1", { os: "linux", architecture: "arm64" }).id).toBe(
      digestOf(arm.config),
    );
    expect((await room.images.prune({ filters: new Map() })).ImagesDeleted).toBeNull();
    const all = await room.images.prune({ filters: new Map([["dangling", ["false"]]]) });
    expect(all.ImagesDeleted?.slice(0, 3)).toEqual([
      { Untagged: "multi:1" },
      { Untagged: `multi@${index.digest}` },
      { Deleted: digestOf(amd.config) },
    ]);
    expect(room.kept()).toEqual(EMPTY);
  });

  test("of an index with one platform here, that one goes", async () => {
    const [amd, arm] = [await remoteImage("amd"), await remoteImage("arm", { architecture: "arm64" })];
    const index = await indexOf(amd, arm);
    await take([amd], "part:1", { indexes: [index], target: index.digest });
    expect(room.images.inspect("part:1").RepoDigests).toEqual([`part@${index.digest}`]);
    expect((await sent("part:1")).digests).toEqual([amd.manifest.digest]);
  });

  test("a name that moves lets its old index go, and the images only that had stay without a name", async () => {
    const [one, two] = [await remoteImage("one"), await remoteImage("two")];
    const index = await indexOf(one);
    await take([one], "moving:1", { indexes: [index], target: index.digest });
    await take([two], "moving:1");
    expect(room.content.has(index.digest)).toBe(true);
    await room.images.remove(`moving@${index.digest}`);
    expect(room.content.has(index.digest)).toBe(false);
    expect(room.images.list().flatMap(({ RepoTags }) => RepoTags)).toEqual(["moving:1"]);
  });
});

describe("what was made here", () => {
  test("is compressed once, the same each time", async () => {
    await room.make("own:1", ["one", "two"]);
    const first = await sent("own:1");
    expect(first.digests).toHaveLength(1);
    expect(await sent("own:1")).toEqual(first);
    await room.images.remove("own:1");
    expect(room.kept()).toEqual(EMPTY);
    await room.make("own:1", ["one", "two"]);
    expect(await sent("own:1")).toEqual(first);
  });
  test("must be there", async () => {
    await expect(sent("nothing:1")).rejects.toThrow(
      "An image does not exist locally with the tag: nothing:1",
    );
  });
});

describe("arrivals that fail leave nothing", () => {
  const arrive = async (layer: RemoteLayer, blob: Uint8Array) => {
    await using intake = room.images.intake();
    await intake.layer(layer, (from) => inPieces(blob.subarray(from), 50), silent);
  };
  const partials = () => readdirSync(join(room.path, "content", "partial"));

  test("another blob, another tar, too long, not compressed as it says", async () => {
    const [one, two] = [await remoteImage("one"), await remoteImage("two")];
    const junk = Buffer.concat([one.blob.subarray(0, 20), Buffer.alloc(40, 7)]);
    const cases: [RemoteLayer, Uint8Array, string][] = [
      [{ ...one.layer, size: two.blob.byteLength }, two.blob, "verification failed"],
      [{ ...one.layer, diffId: two.layer.diffId }, one.blob, "expected"],
      [{ ...one.layer, size: 10 }, one.blob, "longer than its 10 bytes"],
      [{ digest: digestOf(junk), size: junk.byteLength, diffId: one.layer.diffId }, junk, "gzip data is"],
    ];
    for (const [layer, blob, message] of cases) {
      await expect(arrive(layer, blob)).rejects.toThrow(message);
      expect(room.kept()).toEqual(EMPTY);
      expect(partials()).toEqual([]);
    }
  });

  test("one that breaks off goes on where it was, and prune gives it up", async () => {
    const remote = await remoteImage("a longer text that takes a few pieces to come");
    const asked: number[] = [];
    const half = Math.floor(remote.blob.byteLength / 2);
    const breaking = async function* () {
      yield remote.blob.subarray(0, half);
      throw unavailable("the line broke");
    };
    const attempt = async (source: (from: number) => AsyncIterable<Uint8Array>) => {
      await using intake = room.images.intake();
      await intake.layer(remote.layer, source, silent);
    };
    await expect(attempt(breaking)).rejects.toThrow("the line broke");
    expect(room.kept()).toEqual(EMPTY);
    expect(partials()).toHaveLength(1);
    await room.start();
    await attempt((from) => {
      asked.push(from);
      return opened(remote)(from);
    });
    expect(asked).toEqual([half]);
    expect(partials()).toEqual([]);
    await expect(attempt(breaking)).rejects.toThrow("the line broke");
    expect((await room.images.prune()).SpaceReclaimed).toBe(half);
    expect(partials()).toEqual([]);
  });

  test("two that ask for one layer fetch it once; when the first fails the other takes over", async () => {
    const remote = await remoteImage("shared");
    let fetched = 0;
    const { promise: go, resolve } = Promise.withResolvers<void>();
    const first = async function* () {
      fetched++;
      await go;
      yield remote.blob.subarray(0, 5);
      throw unavailable("gone");
    };
    const second = (from: number) => {
      fetched++;
      return opened(remote)(from);
    };
    await using one = room.images.intake();
    await using other = room.images.intake();
    const failing = one.layer(remote.layer, first, silent);
    const waiting = other.layer(remote.layer, second, silent);
    resolve();
    await expect(failing).rejects.toThrow("gone");
    await waiting;
    expect(fetched).toBe(2);
    await one.layer(remote.layer, first, silent);
    expect(fetched).toBe(2);
  });
});

describe("prune", () => {
  test("only what has no name, unless all; used images, labels and ages are minded; a rehearsal changes nothing", async () => {
    const dangling = await room.make(undefined, ["dangling"]);
    const used = await room.make(undefined, ["used"]);
    const named = await room.make("named:1", ["named"], { config: { Labels: { keep: "yes" } } });
    room.uses.set(used, [{ containerId: "c".repeat(64), running: false }]);
    const before = room.kept();
    const rehearsed = await room.images.prune({ dryRun: true });
    expect(room.kept()).toEqual(before);
    const pruned = await room.images.prune();
    expect(pruned).toEqual(rehearsed);
    expect(pruned.ImagesDeleted?.[0]).toEqual({ Deleted: dangling });
    expect(pruned.SpaceReclaimed).toBe("dangling".length);
    const all = (filters: [string, string[]][]) =>
      room.images.prune({ filters: new Map([["dangling", ["false"]], ...filters]) });
    expect((await all([["label!", ["keep"]]])).ImagesDeleted).toBeNull();
    expect((await all([["until", ["0"]]])).ImagesDeleted).toBeNull();
    expect((await all([["label", ["keep=yes"]]])).ImagesDeleted).toEqual([
      { Untagged: "named:1" },
      { Deleted: named },
      expect.anything(),
    ]);
    expect(room.images.list().map(({ Id }) => Id as Digest)).toEqual([used]);
    await expect(room.images.prune({ filters: new Map([["nonsense", ["1"]]]) })).rejects.toThrow(
      "invalid filter",
    );
    expect(room.events).toContain("prune undefined");
  });
});

describe("check", () => {
  const check = (repair = false) => room.images.check({ repair, signal: never });

  test("a whole store has nothing to say", async () => {
    await take([await remoteImage("one")], "a:1");
    await room.make("b:1", ["two"]);
    expect(await check()).toMatchObject({ images: 2, layers: 2, findings: [] });
  });

  test("damage is found, and mended where what is whole allows it", async () => {
    const remote = await remoteImage("one");
    await take([remote], "a:1");
    const { layer, config } = remote;
    await Bun.write(room.content.path(layer.diffId), "damaged");
    await room.content.ingest(Buffer.from("nobody knows me"));
    const found = (await check()).findings;
    expect(found.map(({ Subject, Repaired }) => [Subject, Repaired])).toEqual([
      [`blob ${layer.diffId}`, false],
      [`blob ${digestOf("nobody knows me")}`, false],
    ]);
    expect((await check(true)).findings.every(({ Repaired }) => Repaired)).toBe(true);
    expect((await check()).findings).toEqual([]);
    await room.layers.remove(layer.diffId);
    expect((await check(true)).findings).toMatchObject([
      { Subject: `layer ${layer.diffId}`, Repaired: true },
    ]);
    await Bun.write(room.content.path(layer.digest), "damaged");
    expect((await check(true)).findings).toMatchObject([
      { Subject: `blob ${layer.digest}`, Repaired: true },
      { Subject: `manifest ${remote.manifest.digest}`, Repaired: false },
    ]);
    await room.content.delete(digestOf(config));
    expect((await check(true)).findings).toContainEqual(
      expect.objectContaining({ Subject: `image ${digestOf(config)}`, Repaired: false }),
    );
    await take([remote], "a:1");
    expect((await check()).findings).toEqual([]);
  });
});
