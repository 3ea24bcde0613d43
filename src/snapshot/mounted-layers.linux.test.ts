import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import {
  appendFileSync,
  chmodSync,
  closeSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statfsSync,
  statSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { type Digest, digestOf, hexOf } from "../core/index.ts";
import type { TarInput } from "../image/index.ts";
import { isMountPoint, lgetxattr, mountPoints, umount } from "../kernel/index.ts";
import { runCommand } from "../process/index.ts";
import { seenIn } from "./both-forms.test-helper.ts";
import { openLayers } from "./layers.ts";
import { openSnapshots } from "./snapshots.ts";
import {
  addLayer,
  directory,
  file,
  isRoot,
  LAYER_FORMS,
  scratchDirectory,
  symlink,
  tarBytes,
} from "./test-support.ts";
import type { LayerStore, Snapshots } from "./types.ts";

setDefaultTimeout(60_000);

let scratch: ReturnType<typeof scratchDirectory>;
const opened: Snapshots[] = [];
beforeEach(() => {
  scratch = scratchDirectory();
});
afterEach(async () => {
  for (const snapshots of opened.splice(0)) for (const key of snapshots.list()) await snapshots.remove(key);
  scratch[Symbol.dispose]();
});

async function rooms(format: "auto" | "erofs" | "directory", name: string = format) {
  const layers = await openLayers(join(scratch.path, name, "layers"), { format });
  const snapshots = openSnapshots(join(scratch.path, name, "snapshots"), layers);
  opened.push(snapshots);
  return { layers, snapshots };
}
const add = (layers: LayerStore, ...entries: TarInput[]) => addLayer(layers, scratch.path, entries);
const place = (name: string, diffId: Digest) => join(scratch.path, name, "layers/sha256", hexOf(diffId));

/** File capability to read everything, as `setcap cap_dac_override=ep` writes it. */
const READ_ALL = Buffer.from("0100000202000000000000000000000000000000", "hex");
const LOWER: TarInput[] = [
  directory("etc"),
  file("etc/one", "1", { mtime: 1_500_000_000_000_000_000n }),
  file("etc/two", "2"),
  directory("gone/deep"),
  file("gone/deep/x", "x"),
  directory("hidden"),
  file("hidden/below", "b"),
  directory("renamed/in"),
  file("renamed/in/f", "f"),
  file("becomes-directory", "1"),
  directory("becomes-file"),
  symlink("link", "etc"),
  file("hard", "linked"),
  { name: "hard2", type: "link", linkname: "hard" },
  { name: "null", type: "char", mode: 0o666, major: 1, minor: 3 },
];
const UPPER: TarInput[] = [
  file("etc/one", "changed"),
  file("etc/.wh.two"),
  file(".wh.gone"),
  file("hidden/.wh..wh..opq"),
  file("hidden/above", "a"),
  directory("becomes-directory"),
  file("becomes-directory/x"),
  file("becomes-file", "now"),
  file("tool", "tool", { mode: 0o755, xattrs: new Map([["security.capability", READ_ALL]]) }),
];

describe.skipIf(!isRoot)("root filesystems over mounted and over unpacked layers", () => {
  test("show the same, and so does what is written in them", async () => {
    const seen = [];
    for (const format of LAYER_FORMS) {
      const { layers, snapshots } = await rooms(format);
      snapshots.create("c", [await add(layers, ...LOWER), await add(layers, ...UPPER)]);
      const root = snapshots.mount("c");
      const { "": _root, ...before } = seenIn(root);
      expect(readdirSync(join(root, "hidden"))).toEqual(["above"]);
      expect(existsSync(join(root, "gone"))).toBe(false);

      const inode = lstatSync(join(root, "etc/one")).ino;
      chmodSync(join(root, "etc/one"), 0o600);
      expect(lstatSync(join(root, "etc/one")).ino).toBe(inode);
      chmodSync(join(root, "tool"), 0o700);
      expect(Buffer.from(lgetxattr(join(root, "tool"), "security.capability") ?? []).equals(READ_ALL)).toBe(
        true,
      );
      appendFileSync(join(root, "hard"), "!");
      expect(() => renameSync(join(root, "renamed"), join(root, "moved"))).toThrow("EXDEV");
      rmSync(join(root, "renamed"), { recursive: true });
      mkdirSync(join(root, "renamed"));
      writeFileSync(join(root, "renamed/new"), "n");
      rmSync(join(root, "hidden/above"));
      linkSync(join(root, "becomes-file"), join(root, "linked"));
      writeFileSync(join(root, "null"), "into nothing");
      expect(lstatSync(join(root, "null")).isCharacterDevice()).toBe(true);

      const changes = await snapshots.changes("c");
      const tar: Uint8Array[] = [];
      for await (const piece of snapshots.layerTar("c")) tar.push(piece);
      // What was written now has the times of now.
      const after = Object.fromEntries(
        Object.entries(seenIn(root)).map(([path, { time: _, ...rest }]) => [path, rest]),
      );
      seen.push({
        before,
        after,
        changes,
        entries: Buffer.concat(tar).length,
        usage: await snapshots.usage("c"),
      });
    }
    expect(seen[0]).toEqual(seen[1]);
  });

  test.each([...LAYER_FORMS])(
    "files are on the filesystem that their directories are on (%s)",
    async (format) => {
      const { layers, snapshots } = await rooms(format);
      snapshots.create("c", [await add(layers, ...LOWER), await add(layers, ...UPPER)]);
      const root = snapshots.mount("c");
      for (const name of ["etc", "etc/one", "hard", "link", "tool"]) {
        expect(lstatSync(join(root, name)).dev).toBe(lstatSync(root).dev);
      }
    },
  );

  test.skipIf(!existsSync("/bin/busybox"))("file capabilities count when programs start", async () => {
    const { layers, snapshots } = await rooms("erofs");
    const busybox = readFileSync("/bin/busybox").toString("latin1");
    const program = (xattrs: TarInput["xattrs"]) => ({
      mode: 0o755,
      body: Buffer.from(busybox, "latin1"),
      ...(xattrs && { xattrs }),
    });
    snapshots.create("c", [
      await add(
        layers,
        { name: "bin/busybox", type: "file", ...program(undefined) },
        { name: "able/busybox", type: "file", ...program(new Map([["security.capability", READ_ALL]])) },
        file("secret", "read", { mode: 0o600 }),
      ),
    ]);
    const root = snapshots.mount("c");
    const run = (name: string) =>
      runCommand(["chroot", "--userspec=65534:65534", root, name, "cat", "/secret"]);
    expect(await run("/able/busybox")).toMatchObject({ code: 0, stdout: "read" });
    expect((await run("/bin/busybox")).code).not.toBe(0);
  });

  test("a hundred layers of both kinds below a long path", async () => {
    const { layers, snapshots } = await rooms("erofs", "n".repeat(100));
    const ids: Digest[] = [];
    for (let i = 0; i < 100; i++) {
      const entries = [file(`f${i}`, String(i)), file("top", String(i))];
      if (i % 3 > 0) {
        ids.push(await add(layers, ...entries));
        continue;
      }
      const made = join(scratch.path, "n".repeat(100), `made${i}`);
      mkdirSync(made);
      for (const name of [`f${i}`, "top"]) writeFileSync(join(made, name), String(i));
      const id = digestOf(await tarBytes(entries));
      await layers.adopt(id, made);
      ids.push(id);
    }
    const key = "k".repeat(64);
    snapshots.create(key, ids);
    const root = snapshots.mount(key);
    expect(readFileSync(join(root, "top"), "utf8")).toBe("99");
    expect(readdirSync(root).length).toBe(101);
    expect(mountPoints().filter((point) => point.startsWith(scratch.path)).length).toBe(66 + 1);
  });
});

describe.skipIf(!isRoot)("a mounted layer", () => {
  test("is its tar and an index, mounted when it is asked for, once", async () => {
    const { layers } = await rooms("erofs");
    const id = await add(layers, ...LOWER);
    expect(readdirSync(place("erofs", id)).sort()).toEqual(["diff", "index", "seal", "size", "tar"]);
    expect(isMountPoint(join(place("erofs", id), "diff"))).toBe(false);
    expect(isMountPoint(layers.directory(id))).toBe(true);
    layers.link(id);
    expect(readFileSync(join(layers.link(id), "etc/one"), "utf8")).toBe("1");
    expect(mountPoints().filter((point) => point === layers.directory(id))).toHaveLength(1);
    expect(() => writeFileSync(join(layers.directory(id), "etc/one"), "x")).toThrow("EROFS");
  });

  test("is found mounted by the next engine, and mounted again where somebody unmounted it", async () => {
    const { layers } = await rooms("erofs");
    const id = await add(layers, ...LOWER);
    const { dev } = statSync(layers.directory(id));
    const again = (await rooms("erofs")).layers;
    expect(statSync(again.directory(id)).dev).toBe(dev);
    umount(again.directory(id));
    expect(readFileSync(join(again.directory(id), "etc/one"), "utf8")).toBe("1");
    again.unmountExcept([id]);
    expect(isMountPoint(join(place("erofs", id), "diff"))).toBe(true);
    again.unmountExcept([]);
    expect(isMountPoint(join(place("erofs", id), "diff"))).toBe(false);
  });

  test("that is removed or unmounted stays for those that stand on it, then its room is free", async () => {
    const { layers, snapshots } = await rooms("erofs");
    const size = 64 << 20;
    const body = Buffer.alloc(size, "x");
    const id = await add(layers, { name: "big", type: "file", body });
    const free = () => statfsSync(scratch.path).bavail * statfsSync(scratch.path).bsize;
    snapshots.create("c", [id]);
    const root = snapshots.mount("c");
    expect(snapshots.layersMounted()).toEqual([id]);
    const removed = layers.remove(id);
    expect(layers.has(id)).toBe(false);
    await removed;
    expect(existsSync(place("erofs", id))).toBe(false);
    expect(digestOf(readFileSync(join(root, "big")))).toBe(digestOf(body));
    const before = free();
    await snapshots.remove("c");
    for (let i = 0; i < 200 && free() - before < size / 2; i++) await Bun.sleep(20);
    expect(free() - before).toBeGreaterThan(size / 2);
    expect(snapshots.layersMounted()).toEqual([]);
  });

  test.each<[string, (at: string) => void]>([
    ["its tar is gone", (at) => unlinkSync(join(at, "tar"))],
    ["its tar is cut off", (at) => truncateSync(join(at, "tar"), 512)],
    ["its index is cut off", (at) => truncateSync(join(at, "index"), 512)],
    ["its seal is empty", (at) => truncateSync(join(at, "seal"), 0)],
    ["its size is unknown", (at) => truncateSync(join(at, "size"), 0)],
  ])("is not there for the next engine when %s", async (_, damage) => {
    const { layers } = await rooms("erofs");
    const id = await add(layers, ...LOWER);
    layers.directory(id);
    damage(place("erofs", id));
    const again = (await rooms("erofs")).layers;
    expect([again.has(id), again.list()]).toEqual([false, []]);
    expect(existsSync(place("erofs", id))).toBe(false);
    expect(await add(again, ...LOWER)).toBe(id);
    expect(readFileSync(join(again.directory(id), "etc/one"), "utf8")).toBe("1");
  });

  test("whose index was changed on the disk is not mounted, and can be made again", async () => {
    const { layers } = await rooms("erofs");
    const id = await add(layers, ...LOWER);
    const fd = openSync(join(place("erofs", id), "index"), "r+");
    writeSync(fd, "\x80", 2100);
    closeSync(fd);
    expect(() => layers.directory(id)).toThrow("is damaged");
    expect(layers.has(id)).toBe(false);
    expect(existsSync(place("erofs", id))).toBe(false);
    await add(layers, ...LOWER);
    expect(readdirSync(layers.directory(id))).toContain("etc");
  });

  test("stays what it is under another format, and adopted ones are directories", async () => {
    const erofs = (await rooms("erofs", "both")).layers;
    const first = await add(erofs, ...LOWER);
    mkdirSync(join(scratch.path, "both/made"));
    const adopted = digestOf("adopted");
    await erofs.adopt(adopted, join(scratch.path, "both/made"));
    const { layers } = await rooms("directory", "both");
    const second = await add(layers, ...UPPER);
    expect([first, second, adopted].map((id) => isMountPoint(layers.directory(id)))).toEqual([
      true,
      false,
      false,
    ]);
    expect(layers.list()).toEqual([first, second, adopted].sort());
  });

  test("becomes a directory where no index can describe it", async () => {
    const { layers } = await rooms("erofs");
    const tar = await tarBytes([file("a", "a".repeat(700))]);
    const path = join(scratch.path, "short.tar");
    writeFileSync(path, tar.subarray(0, 512 + 700));
    const id = digestOf("short");
    await layers.add(id, path);
    expect(isMountPoint(layers.directory(id))).toBe(false);
    expect(readFileSync(join(layers.directory(id), "a"), "utf8")).toBe("a".repeat(700));
    expect(layers.size(id)).toBe(700);
    expect(readdirSync(join(scratch.path, "erofs/layers/ingest"))).toEqual([]);
  });

  test("what a killed engine left half-made is cleared, mounts too", async () => {
    const { layers } = await rooms("erofs");
    const id = await add(layers, ...LOWER);
    renameSync(place("erofs", id), join(scratch.path, "erofs/layers/ingest/half"));
    const { mountIndex } = await import("./erofs/erofs-layer.ts");
    const half = join(scratch.path, "erofs/layers/ingest/half");
    mountIndex(join(half, "index"), join(half, "tar"), join(half, "diff"));
    const again = (await rooms("erofs")).layers;
    expect(again.list()).toEqual([]);
    expect(readdirSync(join(scratch.path, "erofs/layers/ingest"))).toEqual([]);
    expect(mountPoints().filter((point) => point.startsWith(scratch.path))).toEqual([]);
  });
});
