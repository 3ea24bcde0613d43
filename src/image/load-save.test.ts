import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { digestOf, hexOf } from "../core/index.ts";
import { MEDIA } from "../spec/index.ts";
import { collect, entriesOf, tarOf } from "./tar/test-support.ts";
import { dockerArchive, TestRoom } from "./test-support.ts";

let room: TestRoom;
beforeEach(async () => {
  room = await TestRoom.open();
});
afterEach(() => room[Symbol.asyncDispose]());

const saved = (...names: string[]) => collect(room.images.save(names));

describe("save and load", () => {
  test("give the same images back, into an empty store and over themselves", async () => {
    const created = "2024-01-02T03:04:05.678Z";
    const id = await room.make("a:1", ["one", "two"], { created, config: { Labels: { k: "v" } } });
    room.images.tag("a:1", "a:2");
    room.images.tag("a:1", "reg.example/b/c");
    const other = await room.make("other", ["one", "three"]);
    const archive = await saved("a", "reg.example/b/c:latest", other.slice(7, 19));
    expect((await saved("a", "reg.example/b/c:latest", other.slice(7, 19))).equals(archive)).toBe(true);
    const before = room.kept();
    const said = [
      "Loaded image: a:1",
      "Loaded image: a:2",
      "Loaded image: reg.example/b/c:latest",
      `Loaded image ID: ${other}`,
    ];
    expect(await room.load(archive)).toEqual(said);
    expect(room.kept()).toEqual(before);
    for (const name of [id, other]) await room.images.remove(name, { force: true });
    expect(room.kept()).toEqual({ blobs: [], layers: [], images: [], rows: [] });
    expect(await room.load(archive)).toEqual(said);
    expect(room.images.resolve("a:2").id).toBe(id);
    expect(room.images.inspect(other).RepoTags).toEqual([]);
    expect((await saved("a", "reg.example/b/c:latest", other.slice(7, 19))).equals(archive)).toBe(true);
    expect(room.events.filter((event) => /^(load|save)/.test(event)).slice(0, 2)).toEqual([
      `save ${id}`,
      `save ${other}`,
    ]);
  });
  test("the archive holds both forms", async () => {
    const id = await room.make("a:1", ["one", "two"]);
    const files = new Map(
      (await entriesOf(await saved("a:1"), { strict: true })).map((entry) => [entry.name, entry]),
    );
    const json = (name: string) => JSON.parse(files.get(name)?.content.toString() ?? "null");
    const layers = room.images.resolve(id).layers;
    expect(json("manifest.json")).toMatchObject([
      {
        Config: `blobs/sha256/${hexOf(id)}`,
        RepoTags: ["a:1"],
        Layers: layers.map((layer) => `blobs/sha256/${hexOf(layer)}`),
      },
    ]);
    const [descriptor] = json("index.json").manifests;
    expect(descriptor.annotations["io.containerd.image.name"]).toBe("docker.io/library/a:1");
    const manifest = files.get(`blobs/sha256/${descriptor.digest.slice(7)}`);
    expect(digestOf(manifest?.content ?? "")).toBe(descriptor.digest);
    expect(JSON.parse(manifest?.content.toString() ?? "").layers[1]).toMatchObject({
      digest: layers[1],
      mediaType: MEDIA.ociLayer,
    });
    expect(json("oci-layout")).toEqual({ imageLayoutVersion: "1.0.0" });
    expect(json("repositories")).toEqual({ a: { "1": hexOf(layers[1] as typeof id) } });
  });
  test("an unknown name is refused before the first byte", () => {
    expect(() => room.images.save(["nope"])).toThrow("No such image: nope:latest");
  });
  test("an image that is removed while it is saved is saved whole", async () => {
    const id = await room.make("a:1", ["x".repeat(600_000), "two"]);
    const stream = room.images.save(["a:1"])[Symbol.asyncIterator]();
    const first = await stream.next();
    await room.images.remove(id, { force: true });
    const parts = [first.value as Uint8Array];
    for (let next = await stream.next(); !next.done; next = await stream.next()) parts.push(next.value);
    expect(room.kept()).toEqual({ blobs: [], layers: [], images: [], rows: [] });
    expect(await room.load(Buffer.concat(parts))).toEqual(["Loaded image: a:1"]);
  });
  test("a name that another image had moves", async () => {
    const archive = await dockerArchive(["one"]);
    const old = await room.make("x:1", ["old"]);
    expect(await room.load(archive)).toEqual([
      `The image x:1 already exists, renaming the old one with ID ${old} to empty string`,
      "Loaded image: x:1",
    ]);
    expect(room.images.inspect(old).RepoTags).toEqual([]);
  });
});

describe("archives of others", () => {
  test("compressed as a whole, compressed layers, dot and link names", async () => {
    for (const pack of [gzipSync, zstdCompressSync]) {
      const archive = await dockerArchive(["one", "two"], (files) => {
        files.set("l0/layer.tar", pack(files.get("l0/layer.tar") as Uint8Array));
      });
      expect(await room.load(pack(archive))).toEqual(["Loaded image: x:1"]);
      await room.images.remove("x:1");
    }
    const layer = await tarOf([{ name: "file", type: "file", body: Buffer.from("one") }]);
    const config = Buffer.from(
      JSON.stringify({
        os: "linux",
        architecture: "amd64",
        rootfs: { diff_ids: [digestOf(layer), digestOf(layer)] },
      }),
    );
    const manifest = Buffer.from(
      JSON.stringify([{ Config: "c.json", RepoTags: null, Layers: ["a/layer.tar", "b/layer.tar"] }]),
    );
    const archive = await tarOf([
      { name: "./a", type: "directory" },
      { name: "./a/layer.tar", type: "file", body: layer },
      { name: "./b/layer.tar", type: "symlink", linkname: "../a/layer.tar" },
      { name: "./c.json", type: "file", body: config },
      { name: "./a/VERSION", type: "file", body: Buffer.from("1.0") },
      { name: "./manifest.json", type: "file", body: manifest },
    ]);
    expect(await room.load(archive, 100)).toEqual([`Loaded image ID: ${digestOf(config)}`]);
  });
  test("an OCI layout with nested indexes: this host's platform, no attestations, compressed layers", async () => {
    const layer = await tarOf([{ name: "file", type: "file", body: Buffer.from("oci") }]);
    const packed = gzipSync(layer);
    const blobs: Uint8Array[] = [packed];
    const put = (value: unknown) => {
      const bytes = Buffer.from(JSON.stringify(value));
      blobs.push(bytes);
      return { digest: digestOf(bytes), size: bytes.byteLength };
    };
    const imageOf = (architecture: string) => {
      const config = put({
        os: "linux",
        architecture,
        rootfs: { type: "layers", diff_ids: [digestOf(layer)] },
      });
      return {
        ...put({
          schemaVersion: 2,
          config: { mediaType: MEDIA.ociConfig, ...config },
          layers: [{ mediaType: MEDIA.ociLayerGzip, digest: digestOf(packed), size: packed.byteLength }],
        }),
        platform: { os: "linux", architecture },
      };
    };
    const host = process.arch === "x64" ? "amd64" : process.arch;
    const nested = put({ schemaVersion: 2, manifests: [imageOf("s390x"), imageOf(host)] });
    const attestation = put({ config: { mediaType: "application/vnd.in-toto", ...put({}) }, layers: [] });
    const index = {
      schemaVersion: 2,
      manifests: [
        {
          mediaType: MEDIA.ociIndex,
          ...nested,
          annotations: { "io.containerd.image.name": "docker.io/library/n:1" },
        },
        { mediaType: MEDIA.ociManifest, ...attestation },
      ],
    };
    const archive = await tarOf([
      ...blobs.map((body) => ({
        name: `blobs/sha256/${hexOf(digestOf(body))}`,
        type: "file" as const,
        body,
      })),
      { name: "index.json", type: "file", body: Buffer.from(JSON.stringify(index)) },
    ]);
    expect(await room.load(archive)).toEqual(["Loaded image: n:1"]);
    expect(room.images.inspect("n:1").Architecture).toBe(host);
    expect(room.images.list().map(({ RepoTags }) => RepoTags)).toEqual([["n:1"]]);
    expect(room.images.resolve("n:1", { os: "linux", architecture: "s390x" }).config.architecture).toBe(
      "s390x",
    );
    // Two configurations and manifests, their index, and the layer in both forms.
    expect(room.kept().blobs).toHaveLength(7);
    expect(room.images.inspect("n:1").RepoDigests).toEqual([`n@${nested.digest}`]);
    await room.images.remove("n:1");
    expect(room.kept()).toEqual({ blobs: [], layers: [], images: [], rows: [] });
  });
});

describe("damaged archives are refused and leave nothing", () => {
  const replace = (name: string, content: string) => (files: Map<string, Uint8Array | string>) =>
    files.set(name, content);
  test.each<[string, string, (files: Map<string, Uint8Array | string>) => void]>([
    ["neither form", "neither manifest.json nor index.json", (files) => files.delete("manifest.json")],
    ["no configuration", 'lacks the configuration "config.json"', (files) => files.delete("config.json")],
    ["no layer", 'lacks the layer "l1/layer.tar"', (files) => files.delete("l1/layer.tar")],
    [
      "another layer",
      "layer 2 of config.json is damaged",
      (files) => files.set("l1/layer.tar", files.get("l0/layer.tar") as Uint8Array),
    ],
    ["a layer that is text", "layer 1 of config.json is damaged", replace("l0/layer.tar", "no tar")],
    ["a layer of bzip2 that ends at once", "bzip2 data is truncated", replace("l0/layer.tar", "BZh91AY")],
    [
      "a layer cut off",
      "truncated",
      (files) => files.set("l0/layer.tar", gzipSync(files.get("l0/layer.tar") as Uint8Array).subarray(0, 60)),
    ],
    [
      "a manifest that is no list",
      "manifest.json of the archive is not as expected",
      replace("manifest.json", "{}"),
    ],
    ["a manifest of wrong types", "at 0.Config", replace("manifest.json", '[{"Config":7}]')],
    [
      "a bad name",
      "invalid reference format",
      replace(
        "manifest.json",
        '[{"Config":"config.json","RepoTags":["A B"],"Layers":["l0/layer.tar","l1/layer.tar"]}]',
      ),
    ],
    [
      "fewer layers",
      "names 2 layers, the archive gives it 1",
      replace("manifest.json", '[{"Config":"config.json","Layers":["l0/layer.tar"]}]'),
    ],
    [
      "a configuration without layers",
      "is not as expected at rootfs",
      replace("config.json", '{"os":"linux","architecture":"amd64"}'),
    ],
    [
      "a configuration of wrong types",
      "at config.Env",
      replace("config.json", '{"os":"linux","architecture":"amd64","rootfs":{},"config":{"Env":"A=b"}}'),
    ],
    [
      "an odd digest",
      "not a digest",
      replace(
        "config.json",
        '{"os":"linux","architecture":"amd64","rootfs":{"diff_ids":["sha256:../../etc"]}}',
      ),
    ],
    [
      "an index of nothing",
      "names no image",
      (files) => {
        files.delete("manifest.json");
        files.set("index.json", '{"manifests":[]}');
      },
    ],
    [
      "an index to nothing",
      "lacks blob",
      (files) => {
        files.delete("manifest.json");
        files.set("index.json", `{"manifests":[{"digest":"sha256:${"0".repeat(64)}","size":1}]}`);
      },
    ],
  ])("%s", async (_, message, change) => {
    const error = await room
      .load(await dockerArchive(["one", "two"], change))
      .catch((thrown: Error) => thrown);
    expect(error).toHaveProperty("name", "BerthError");
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).not.toContain("\n");
    expect(room.kept()).toEqual({ blobs: [], layers: [], images: [], rows: [] });
  });
  test("cut off anywhere", async () => {
    const archive = await dockerArchive(["one", "two"]);
    for (let length = 1; length < archive.byteLength - 1024; length += 700) {
      await expect(room.load(archive.subarray(0, length))).rejects.toThrow(/truncated|not a tar/);
      expect(room.kept()).toEqual({ blobs: [], layers: [], images: [], rows: [] });
    }
  });
  test("with any bytes changed", async () => {
    const archive = await dockerArchive(["one", "two"]);
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const copy = Buffer.from(archive);
        for (const [at, value] of changes) copy[at % copy.byteLength] = value;
        const error = await room.load(copy).catch((thrown: Error) => thrown);
        if (error instanceof Error) {
          expect(error).toMatchObject({ name: "BerthError" });
          expect(room.kept()).toEqual({ blobs: [], layers: [], images: [], rows: [] });
        } else {
          for (const { Id } of room.images.list()) await room.images.remove(Id, { force: true });
        }
      }),
      { numRuns: 100 },
    );
  });
  test("two loads of one layer, one of which fails", async () => {
    const good = await dockerArchive(["shared", "two"]);
    const bad = await dockerArchive(["shared", "three"], (files) =>
      files.set("manifest.json", '[{"Config":"none"}]'),
    );
    const results = await Promise.allSettled([
      room.load(bad),
      room.load(good),
      room.load(bad),
      room.load(good),
    ]);
    expect(results.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "rejected", "fulfilled"]);
    expect(room.kept()).toMatchObject({ blobs: { length: 3 }, layers: { length: 2 }, rows: { length: 2 } });
    for (const layer of room.images.resolve("x:1").layers) expect(room.layers.has(layer)).toBe(true);
  });
});
