import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { rmSync } from "node:fs";
import { type Digest, digestOf, hexOf } from "../core/index.ts";
import { inPieces, tarOf } from "./tar/test-support.ts";
import { TestRoom } from "./test-support.ts";

let room: TestRoom;
beforeEach(async () => {
  room = await TestRoom.open();
});
afterEach(() => room[Symbol.asyncDispose]());

const EMPTY = { blobs: [], layers: [], images: [], rows: [] };
const created = (day: number) => ({ created: `2024-01-${String(day).padStart(2, "0")}T00:00:00Z` });

describe("names", () => {
  test("whole and short ids, names with and without tag and registry", async () => {
    const id = await room.make("debian:12", ["one"]);
    room.images.tag("debian:12", "reg.example:5000/a/b");
    for (const name of [
      id,
      hexOf(id),
      hexOf(id).slice(0, 12),
      id.slice(0, 20),
      "debian:12",
      "docker.io/library/debian:12",
      "index.docker.io/library/debian:12",
      "reg.example:5000/a/b",
      "reg.example:5000/a/b:latest",
    ]) {
      expect(room.images.resolve(name).id).toBe(id);
    }
    expect(room.images.tagsOf(id)).toEqual(["debian:12", "reg.example:5000/a/b:latest"]);
    expect(room.images.find("debian")).toBeUndefined();
  });
  test.each([
    ["nope", "No such image: nope:latest"],
    ["nope:1", "No such image: nope:1"],
    ["a".repeat(64), `No such image: sha256:${"a".repeat(64)}`],
    [`sha256:${"a".repeat(64)}`, `No such image: sha256:${"a".repeat(64)}`],
    ["UPPER", "repository name (library/UPPER) must be lowercase"],
    ["a b", "invalid reference format"],
  ])("%j: %s", (name, message) => expect(() => room.images.resolve(name)).toThrow(message));
  test("the beginning of several ids is refused", async () => {
    const first = new Map<string, Digest>();
    for (let i = 0; ; i++) {
      const id = await room.make(undefined, ["same"], { author: String(i) });
      const digit = hexOf(id).slice(0, 1);
      if (first.has(digit)) {
        expect(() => room.images.resolve(digit)).toThrow(`${digit} fits 2 images`);
        break;
      }
      first.set(digit, id);
    }
  });
  test("tags move, and cannot be digests", async () => {
    const [a, b] = [await room.make("x:1", ["a"]), await room.make("y:1", ["b"])];
    room.images.tag("y:1", "x:1");
    expect(room.images.resolve("x:1").id).toBe(b);
    expect(room.images.tagsOf(a)).toEqual([]);
    expect(() => room.images.tag("x:1", `z@${a}`)).toThrow(
      "refusing to create a tag with a digest reference",
    );
    expect(() => room.images.tag("nope", "z")).toThrow("No such image: nope:latest");
    expect(() => room.images.tag("x:1", "Z")).toThrow("invalid reference format");
  });
});

describe("removing", () => {
  test("untags, then deletes with the last name; layers go with their last image", async () => {
    const a = await room.make("a:1", ["shared", "own"]);
    const b = await room.make("b:1", ["shared"]);
    room.images.tag("a:1", "a:2");
    expect(await room.images.remove("a:1")).toEqual([{ Untagged: "a:1" }]);
    const [shared, own] = room.images.resolve(a).layers as [Digest, Digest];
    expect(await room.images.remove("a:2")).toEqual([
      { Untagged: "a:2" },
      { Deleted: a },
      { Deleted: digestOf(`${shared} ${own}`) },
    ]);
    expect(room.kept()).toEqual({
      blobs: [b, shared].sort(),
      layers: [shared],
      images: [`${b} b:1`],
      rows: [shared],
    });
    expect(await room.images.remove(b)).toEqual([{ Untagged: "b:1" }, { Deleted: b }, { Deleted: shared }]);
    expect(room.kept()).toEqual(EMPTY);
    expect(room.events.filter((event) => /^(untag|delete)/.test(event))).toEqual([
      `untag ${a}`,
      `untag ${a}`,
      `delete ${a}`,
      `untag ${b}`,
      `delete ${b}`,
    ]);
  });
  test("an id with several names must be forced", async () => {
    const id = await room.make("a:1", ["x"]);
    room.images.tag("a:1", "b:1");
    const short = hexOf(id).slice(0, 12);
    await expect(room.images.remove(short)).rejects.toThrow(
      `conflict: unable to delete ${short} (must be forced) - image is referenced in multiple repositories`,
    );
    expect(await room.images.remove(short, { force: true })).toMatchObject([
      { Untagged: "a:1" },
      { Untagged: "b:1" },
      { Deleted: id },
      {},
    ]);
  });
  test("containers hold images: stopped ones until forced, running ones always", async () => {
    const id = await room.make("a:1", ["x"]);
    const short = hexOf(id).slice(0, 12);
    const container = "c".repeat(64);
    room.uses.set(id, [{ containerId: container, running: false }]);
    const why = `container ${"c".repeat(12)} is using its referenced image ${short}`;
    await expect(room.images.remove("a:1")).rejects.toThrow(
      `conflict: unable to remove repository reference "a:1" (must force) - ${why}`,
    );
    await expect(room.images.remove(id)).rejects.toThrow(
      `conflict: unable to delete ${short} (must be forced) - image is being used by stopped container ${"c".repeat(12)}`,
    );
    room.images.tag("a:1", "a:2");
    expect(await room.images.remove("a:2")).toEqual([{ Untagged: "a:2" }]);
    room.uses.set(id, [{ containerId: container, running: true }]);
    await expect(room.images.remove(id, { force: true })).rejects.toThrow(
      `conflict: unable to delete ${short} (cannot be forced) - image is being used by running container ${"c".repeat(12)}`,
    );
    expect(await room.images.remove("a:1", { force: true })).toEqual([{ Untagged: "a:1" }]);
    expect(room.images.list()).toMatchObject([{ Id: id, RepoTags: [], Containers: 1 }]);
  });
  test("forced under a stopped container, the layers stay until the container goes, also over a restart", async () => {
    const id = await room.make("a:1", ["x"]);
    room.uses.set(id, [{ containerId: "c1", running: false }]);
    expect(await room.images.remove("a:1", { force: true })).toEqual([{ Untagged: "a:1" }, { Deleted: id }]);
    expect(room.images.list({ all: true })).toEqual([]);
    expect(room.images.find(id)).toBeUndefined();
    await room.images.collect();
    await room.start();
    expect(room.images.get(id)?.layers).toHaveLength(1);
    expect(room.kept().layers).toHaveLength(1);
    room.uses.clear();
    await room.images.collect();
    expect(room.kept()).toEqual(EMPTY);
  });
  test("made again while hidden, it is back", async () => {
    const id = await room.make("a:1", ["x"]);
    room.uses.set(id, [{ containerId: "c1", running: false }]);
    await room.images.remove("a:1", { force: true });
    expect(await room.make("a:3", ["x"])).toBe(id);
    expect(room.images.tagsOf(id)).toEqual(["a:3"]);
  });
  test("parents without a name go along, unless they are wanted", async () => {
    const base = await room.make("base", ["1"], created(1));
    const middle = await room.make(undefined, ["1", "2"], { ...created(2), parent: base });
    const top = await room.make("top", ["1", "2", "3"], { ...created(3), parent: middle });
    expect(room.images.list().map(({ Id }) => Id)).toEqual([top, base]);
    expect(room.images.list({ all: true }).map(({ Id }) => Id)).toEqual([top, middle, base]);
    expect(room.images.history("top").length).toBe(3);
    await expect(room.images.remove(base, { force: true })).rejects.toThrow(
      "(cannot be forced) - image has dependent child images",
    );
    expect(await room.images.remove("base")).toEqual([{ Untagged: "base:latest" }]);
    room.images.tag(base, "base");
    const items = await room.images.remove("top");
    expect(items.map((item) => Object.values(item)[0])).toEqual([
      "top:latest",
      top,
      expect.stringContaining("sha256:"),
      middle,
      expect.stringContaining("sha256:"),
    ]);
    expect(room.images.list({ all: true }).map(({ Id }) => Id)).toEqual([base]);
  });
  test("parents stay when asked for", async () => {
    const middle = await room.make(undefined, ["1"]);
    await room.make("top", ["1", "2"], { parent: middle });
    await room.images.remove("top", { noPrune: true });
    expect(room.images.list().map(({ Id }) => Id)).toEqual([middle]);
  });
});

describe("listing", () => {
  test("filters", async () => {
    const a = await room.make("lib/a:1", ["1"], { ...created(1), config: { Labels: { x: "1", y: "" } } });
    const b = await room.make("b:1", ["2"], { ...created(2), config: { Labels: { x: "2" } } });
    const c = await room.make(undefined, ["3"], created(3));
    room.images.tag("b:1", "b:two");
    const list = (filters: Record<string, string[]>) =>
      room.images.list({ filters: new Map(Object.entries(filters)) }).map(({ Id }) => Id);
    expect(list({})).toEqual([c, b, a]);
    expect(list({ dangling: ["true"] })).toEqual([c]);
    expect(list({ dangling: ["false"] })).toEqual([b, a]);
    expect(list({ label: ["x"] })).toEqual([b, a]);
    expect(list({ label: ["x=1", "y"] })).toEqual([a]);
    expect(list({ "label!": ["x=1"] })).toEqual([c, b]);
    expect(list({ before: ["b:1"] })).toEqual([a]);
    expect(list({ since: ["b:1"] })).toEqual([c]);
    expect(list({ until: ["2024-01-02T12:00:00Z"] })).toEqual([b, a]);
    expect(list({ reference: ["lib/*"] })).toEqual([a]);
    expect(list({ reference: ["*"] })).toEqual([b]);
    expect(list({ reference: ["b", "lib/a:1"] })).toEqual([b, a]);
    expect(room.images.list({ filters: new Map([["reference", ["b:t*"]]]) })[0]?.RepoTags).toEqual(["b:two"]);
    expect(() => list({ bogus: ["1"] })).toThrow("invalid filter 'bogus'");
    expect(() => list({ dangling: ["maybe"] })).toThrow("invalid filter 'dangling=[maybe]'");
    expect(() => list({ before: ["nope"] })).toThrow("No such image");
  });
  test("sizes, shared sizes, inspect and history", async () => {
    const id = await room.make("a:1", ["12345", "123"], {
      ...created(2),
      author: "me",
      config: { Cmd: ["sh"], Env: ["A=b"], ExposedPorts: { "80/tcp": {} } },
      history: [
        { created: "2024-01-01T00:00:00Z", created_by: "ADD x" },
        { created_by: "ENV A=b", empty_layer: true, comment: "c" },
        { created_by: "COPY y" },
      ],
    });
    await room.make("b:1", ["12345"], created(1));
    expect(room.images.list({ sharedSize: true }).map(({ Size, SharedSize }) => [Size, SharedSize])).toEqual([
      [8, 5],
      [5, 5],
    ]);
    const [below, top] = room.images.resolve(id).layers as [Digest, Digest];
    expect(room.images.inspect("a:1")).toMatchObject({
      Id: id,
      RepoTags: ["a:1"],
      RepoDigests: [],
      Size: 8,
      Author: "me",
      Created: "2024-01-02T00:00:00Z",
      Config: {
        Cmd: ["sh"],
        Env: ["A=b"],
        Entrypoint: null,
        Volumes: null,
        User: "",
        ExposedPorts: { "80/tcp": {} },
      },
      RootFS: { Type: "layers", Layers: [below, top] },
      GraphDriver: { Data: { LowerDir: room.layers.directory(below), UpperDir: room.layers.directory(top) } },
    });
    expect(room.images.history("a:1")).toEqual([
      { Id: id, Created: 0, CreatedBy: "COPY y", Tags: ["a:1"], Size: 3, Comment: "" },
      { Id: "<missing>", Created: 0, CreatedBy: "ENV A=b", Tags: null, Size: 0, Comment: "c" },
      { Id: "<missing>", Created: 1704067200, CreatedBy: "ADD x", Tags: null, Size: 5, Comment: "" },
    ]);
  });
});

describe("import", () => {
  const tar = () => tarOf([{ name: "bin", type: "file", body: Buffer.from("12345") }]);
  test("makes a one-layer image", async () => {
    const id = await room.images.importTar(inPieces(await tar()), {
      reference: "i:1",
      message: "by hand",
      changes: ["CMD sh -l"],
      platform: "linux/arm64/v8",
    });
    expect(room.images.inspect("i:1")).toMatchObject({
      Id: id,
      Size: 5,
      Architecture: "arm64",
      Variant: "v8",
      Comment: "by hand",
      Config: { Cmd: ["sh", "-l"] },
    });
    expect(room.events).toEqual(["tag i:1", `import ${id}`]);
  });
  test.each([
    ["cut off between files", async () => (await tar()).subarray(0, 1024), "no end marker"],
    ["cut off in a file", async () => (await tar()).subarray(0, 515), "no end marker"],
    ["nothing", async () => Buffer.alloc(0), "no end marker"],
    [
      "text that ends with zeros",
      async () => Buffer.concat([Buffer.alloc(2048, "x"), Buffer.alloc(1024)]),
      "not a tar",
    ],
  ])("%s is refused and leaves nothing", async (_, bytes, message) => {
    await expect(room.images.importTar(inPieces(await bytes()), {})).rejects.toThrow(message);
    expect(room.kept()).toEqual(EMPTY);
  });
  test("a bad name is refused before anything is read", async () => {
    async function* never(): AsyncGenerator<Uint8Array> {
      expect.unreachable();
      yield new Uint8Array(0);
    }
    await expect(room.images.importTar(never(), { reference: "A" })).rejects.toThrow(
      "invalid reference format",
    );
  });
});

describe("after a crash", () => {
  test("names, images and layers are there again", async () => {
    const id = await room.make("a:1", ["1", "2"], { config: { Labels: { k: "v" } } });
    const before = room.kept();
    await room.start();
    expect(room.kept()).toEqual(before);
    expect(room.images.resolve("a:1").config).toMatchObject({ config: { Labels: { k: "v" } } });
    expect(room.images.resolve("a:1").id).toBe(id);
  });
  test("blobs and layers without a row go; a lost layer is made again", async () => {
    await room.make("a:1", ["1"]);
    const before = room.kept();
    const { digest } = await room.content.ingest(await tarOf([{ name: "x", type: "file" }]));
    await room.layers.add(digest, room.content.path(digest));
    for (const layer of before.layers) await room.layers.remove(layer);
    await room.start();
    expect(room.kept()).toEqual(before);
  });
  test("an image whose configuration is lost is left out, the others work", async () => {
    const lost = await room.make("a:1", ["1"]);
    await room.make("b:1", ["2"]);
    rmSync(room.content.path(lost));
    await room.start();
    expect(room.logged.join()).toContain(`image ${lost} cannot be used`);
    expect(room.images.find("a:1")).toBeUndefined();
    expect(room.images.resolve("b:1").layers).toHaveLength(1);
  });
  test("a layer added for an image that was never made goes at the next collection after a restart", async () => {
    await room.images.addLayer(inPieces(await tarOf([{ name: "x", type: "file" }])));
    await room.images.collect();
    expect(room.kept().layers).toHaveLength(1);
    await room.start();
    await room.images.collect();
    expect(room.kept()).toEqual(EMPTY);
  });
});

test("an image of unknown layers cannot be made", async () => {
  const missing = digestOf("nothing");
  const config = {
    architecture: "amd64",
    os: "linux",
    rootfs: { type: "layers" as const, diff_ids: [missing] },
  };
  await expect(room.images.commit(config)).rejects.toThrow(`layer ${missing} is not stored`);
  expect(room.kept()).toEqual(EMPTY);
});
