import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  chmodSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { type Digest, digestOf } from "../core/index.ts";
import { readTar } from "../image/index.ts";
import { lsetxattr } from "../kernel/index.ts";
import { openLayers } from "./layers.ts";
import { openSnapshots } from "./snapshots.ts";
import { addLayer, directory, file, isRoot, LAYER_FORMS, scratchDirectory, symlink } from "./test-support.ts";
import type { LayerStore, Snapshots } from "./types.ts";

describe.skipIf(!isRoot).each(LAYER_FORMS)("with layers as %s:", (format) => {
  let scratch: ReturnType<typeof scratchDirectory>;
  let layers: LayerStore;
  let snapshots: Snapshots;
  beforeEach(async () => {
    scratch = scratchDirectory();
    layers = await open();
    snapshots = openSnapshots(join(scratch.path, "snapshots"), layers);
  });
  afterEach(async () => {
    for (const key of snapshots.list()) await snapshots.remove(key);
    scratch[Symbol.dispose]();
  });

  const open = () => openLayers(join(scratch.path, "layers"), { format });

  const add = (...entries: Parameters<typeof addLayer>[2][]) =>
    addLayer(
      layers,
      scratch.path,
      entries.flatMap((e) => [...e]),
    );
  const base = () =>
    add([
      directory("etc"),
      file("etc/hosts", "hosts"),
      file("etc/motd", "hi"),
      directory("d"),
      file("d/one", "1"),
      file("d/two", "2"),
      directory("d/sub"),
      file("d/sub/x", "x"),
      symlink("link", "d"),
    ]);
  async function diff(key: string): Promise<string[]> {
    return (await snapshots.changes(key)).map(({ kind, path }) => `${"CAD"[kind]} ${path}`);
  }
  async function bytesOf(tar: AsyncIterable<Uint8Array>): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    for await (const piece of tar) parts.push(piece);
    return Buffer.concat(parts);
  }
  async function* once(bytes: Uint8Array) {
    yield bytes;
  }

  describe("layers", () => {
    test("are found again, sized, linked and removed", async () => {
      const id = await base();
      expect(layers.has(id)).toBe(true);
      expect(await layers.usage(id)).toBe("hosts".length + "hi".length + 3 + "d".length);
      const again = await open();
      expect(again.list()).toEqual([id]);
      expect(again.size(id)).toBe(layers.size(id));
      expect(readFileSync(join(again.link(id), "d/one"), "utf8")).toBe("1");
      const removed = again.remove(id);
      expect(again.has(id)).toBe(false);
      await removed;
      await again.remove(id);
      expect(() => again.directory(id)).toThrow("is not stored");
      expect(readdirSync(join(scratch.path, "layers/l"))).toEqual([]);
      expect(readdirSync(join(scratch.path, "layers/sha256"))).toEqual([]);
      expect(readdirSync(join(scratch.path, "layers/ingest"))).toEqual([]);
    });
    test("a broken layer leaves nothing", async () => {
      const path = join(scratch.path, "broken.tar");
      writeFileSync(path, Buffer.alloc(5000, "x"));
      await expect(layers.add(digestOf("x"), path)).rejects.toThrow("not a tar archive");
      expect(readdirSync(join(scratch.path, "layers/ingest"))).toEqual([]);
      expect(layers.list()).toEqual([]);
    });
    test("what a killed process left is cleared; a layer without its size is dropped", async () => {
      const id = await base();
      mkdirSync(join(scratch.path, "layers/ingest/half/diff"), { recursive: true });
      symlinkSync("../sha256/gone/diff", join(scratch.path, "layers/l/zz"));
      const again = await open();
      expect(readdirSync(join(scratch.path, "layers/ingest"))).toEqual([]);
      expect(readdirSync(join(scratch.path, "layers/l")).length).toBe(1);
      rmSync(join(again.directory(id), "../size"));
      expect((await open()).list()).toEqual([]);
    });
    test("the same layer twice at once is made once", async () => {
      const tar = join(scratch.path, "t.tar");
      const id = await base();
      await layers.remove(id);
      writeFileSync(tar, new Uint8Array(1024));
      await Promise.all([layers.add(id, tar), layers.add(id, tar), layers.add(id, tar)]);
      expect(layers.list()).toEqual([id]);
    });
  });

  describe("root filesystems", () => {
    test("show the layers, the upper ones over the lower ones", async () => {
      const ids = [
        await base(),
        await add([
          file("d/one", "changed"),
          file("d/.wh.two"),
          directory("d/sub"),
          file("d/sub/.wh..wh..opq"),
          file("d/sub/new", "n"),
        ]),
      ];
      snapshots.create("c1", ids);
      expect(snapshots.isMounted("c1")).toBe(false);
      const root = snapshots.mount("c1");
      expect(snapshots.mount("c1")).toBe(root);
      expect(snapshots.isMounted("c1")).toBe(true);
      expect(readFileSync(join(root, "d/one"), "utf8")).toBe("changed");
      expect(readdirSync(join(root, "d")).sort()).toEqual(["one", "sub"]);
      expect(readdirSync(join(root, "d/sub"))).toEqual(["new"]);
      expect(existsSync(join(root, "dev"))).toBe(false);
      expect(snapshots.describe("c1").LowerDir.split(":")).toEqual(
        ids.reverse().map((id) => layers.directory(id)),
      );
      expect(snapshots.layersInUse().sort()).toEqual([...ids].sort());
      snapshots.unmount("c1");
      snapshots.unmount("c1");
      expect(snapshots.isMounted("c1")).toBe(false);
      await snapshots.remove("c1");
      await snapshots.remove("c1");
      expect(snapshots.list()).toEqual([]);
      expect(readdirSync(join(scratch.path, "snapshots")).sort()).toEqual([
        ".empty",
        ".ingest",
        ".mount-points",
      ]);
    });
    test("without layers, with and without mount points", async () => {
      snapshots.create("empty", []);
      expect(readdirSync(snapshots.mount("empty"))).toEqual([]);
      snapshots.create("points", [], { mountPoints: true });
      const root = snapshots.mount("points");
      expect(readdirSync(root).sort()).toEqual([".dockerenv", "dev", "etc", "proc", "sys"]);
      writeFileSync(join(root, "etc/x"), "1");
      expect(await diff("points")).toEqual(["C /etc", "A /etc/x"]);
    });
    test("mount points never hide what the image has", async () => {
      snapshots.create("c", [await base()], { mountPoints: true });
      expect(readFileSync(join(snapshots.mount("c"), "etc/hosts"), "utf8")).toBe("hosts");
      expect(await diff("c")).toEqual([]);
    });
    test("one layer twice", async () => {
      const id = await base();
      snapshots.create("c", [id, await add([file("d/.wh.one")]), id]);
      expect(readFileSync(join(snapshots.mount("c"), "d/one"), "utf8")).toBe("1");
    });
    test("128 layers below a long path", async () => {
      const ids: Digest[] = [];
      for (let i = 0; i < 128; i++) ids.push(await add([file(`f${i}`, String(i)), file("top", String(i))]));
      const key = "k".repeat(64);
      snapshots.create(key, ids);
      const root = snapshots.mount(key);
      expect(readFileSync(join(root, "top"), "utf8")).toBe("127");
      expect(readdirSync(root).length).toBe(129);
    });
    test("a missing layer, a key twice, an odd key", async () => {
      expect(() => snapshots.create("c", [digestOf("none")])).toThrow("is not stored");
      snapshots.create("c", []);
      expect(() => snapshots.create("c", [])).toThrow("is there already");
      expect(() => snapshots.create("../x", [])).toThrow("not a root filesystem's key");
      expect(() => snapshots.mount("nope")).toThrow("there is no root filesystem nope");
      await expect(snapshots.changes("nope")).rejects.toThrow("there is no root filesystem nope");
      expect(readdirSync(join(scratch.path, "snapshots/.ingest"))).toEqual([]);
    });
  });

  describe("what was written", () => {
    async function written(): Promise<string> {
      snapshots.create("c", [await base()]);
      const root = snapshots.mount("c");
      writeFileSync(join(root, "new"), "new");
      linkSync(join(root, "new"), join(root, "new-link"));
      appendFileSync(join(root, "etc/motd"), "!");
      rmSync(join(root, "d/two"));
      rmSync(join(root, "d/sub"), { recursive: true });
      mkdirSync(join(root, "d/sub"));
      writeFileSync(join(root, "d/sub/x"), "again");
      writeFileSync(Buffer.concat([Buffer.from(`${root}/`), Buffer.from([0xff])]), "raw");
      chmodSync(join(root, "new"), 0o4711);
      lsetxattr(join(root, "new"), "user.note", Buffer.from("kept"));
      return root;
    }
    test("is listed as docker diff lists it", async () => {
      await written();
      expect(await diff("c")).toEqual([
        "C /d",
        "C /d/sub",
        "C /d/sub/x",
        "D /d/two",
        "C /etc",
        "C /etc/motd",
        "A /new",
        "A /new-link",
        "A /\ufffd",
      ]);
      expect(await snapshots.usage("c")).toBe(3 + 3 + 5 + 3);
    });
    test("becomes a layer that shows the same files", async () => {
      const root = await written();
      await new Promise<void>((resolve) => {
        const server = createServer().listen(join(root, "socket"), () => server.close(() => resolve()));
      });
      const tar = await bytesOf(snapshots.layerTar("c"));
      expect((await bytesOf(snapshots.layerTar("c"))).equals(tar)).toBe(true);
      const entries: [string, string, unknown?][] = [];
      for await (const { name, type, linkname } of readTar(once(tar), { strict: true })) {
        entries.push(linkname === undefined ? [name, type] : [name, type, linkname]);
      }
      expect(entries).toEqual([
        ["d", "directory"],
        ["d/sub", "directory"],
        ["d/sub/.wh..wh..opq", "file"],
        ["d/sub/x", "file"],
        ["d/.wh.two", "file"],
        ["etc", "directory"],
        ["etc/motd", "file"],
        ["new", "file"],
        ["new-link", "link", "new"],
        ["\xff", "file"],
      ]);
      writeFileSync(join(scratch.path, "layer.tar"), tar);
      const id = digestOf(tar);
      await layers.add(id, join(scratch.path, "layer.tar"));
      snapshots.create("again", [await base(), id]);
      const copy = snapshots.mount("again");
      expect(readdirSync(join(copy, "d")).sort()).toEqual(["one", "sub"]);
      expect(readdirSync(join(copy, "d/sub"))).toEqual(["x"]);
      expect(readFileSync(join(copy, "new-link"), "utf8")).toBe("new");
      snapshots.create("third", [await base(), id]);
      expect(await diff("third")).toEqual([]);
    });
    test("can be moved into the layers", async () => {
      await written();
      const tar = await bytesOf(snapshots.layerTar("c"));
      snapshots.unmount("c");
      await layers.adopt(digestOf(tar), snapshots.upper("c"));
      await snapshots.remove("c");
      expect(layers.size(digestOf(tar))).toBe(3 + 3 + 5 + 3);
      snapshots.create("next", [await base(), digestOf(tar)]);
      const root = snapshots.mount("next");
      expect(readdirSync(join(root, "d/sub"))).toEqual(["x"]);
      expect(readFileSync(join(root, "new"), "utf8")).toBe("new");
    });
    test("a name that means a deletion cannot be kept", async () => {
      snapshots.create("c", []);
      writeFileSync(join(snapshots.mount("c"), ".wh.x"), "");
      await expect(bytesOf(snapshots.layerTar("c"))).rejects.toThrow(".wh.");
    });
    test("renamed and replaced directories", async () => {
      snapshots.create("c", [await base()]);
      const root = snapshots.mount("c");
      try {
        renameSync(join(root, "d"), join(root, "moved"));
      } catch (error) {
        expect(error).toHaveProperty("code", "EXDEV");
      }
      rmSync(join(root, "d"), { recursive: true });
      writeFileSync(join(root, "d"), "file now");
      utimesSync(join(root, "etc"), 5, 5);
      expect(await diff("c")).toEqual(["C /d"]);
      rmSync(join(root, "etc"), { recursive: true });
      mkdirSync(join(root, "etc"));
      writeFileSync(join(root, "etc/hosts"), "hosts!");
      expect(await diff("c")).toEqual(["C /d", "C /etc", "C /etc/hosts", "D /etc/motd"]);
    });
  });
});
