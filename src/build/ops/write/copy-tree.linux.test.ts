import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lgetxattr, lsetxattr } from "../../../kernel/index.ts";
import type { Files } from "../../testing/tar.ts";
import { treeOf } from "../../testing/tree.ts";
import { RootTree } from "../tree/root-tree.ts";
import { selectSources } from "../tree/select.ts";
import { TreeCopy } from "./copy-tree.ts";
import { type Ids, RootWriter } from "./root-writer.ts";

let outside: string;
let root: string;

beforeEach(() => {
  outside = mkdtempSync(join(tmpdir(), "berth-copy-"));
  root = join(outside, "root");
  mkdirSync(root);
  writeFileSync(join(outside, "precious"), "untouched");
});
afterEach(() => {
  expect(readFileSync(join(outside, "precious"), "utf8")).toBe("untouched");
  expect(readdirSync(outside).sort()).toEqual(["precious", "root"]);
  rmSync(outside, { recursive: true, force: true });
});

interface CopyCase {
  owner?: Ids;
  mode?: number;
}

const signal = new AbortController().signal;

async function copy(
  files: Files,
  source: string,
  destination: string,
  options: CopyCase = {},
): Promise<void> {
  const tree = await treeOf(files);
  for (const { named, path } of selectSources(tree, source, true) ?? []) {
    await new TreeCopy(tree, new RootWriter(root), { ...options, signal }).copy(named, path, destination);
  }
}

const unpack = async (files: Files, destination: string, options: CopyCase = {}) =>
  new TreeCopy(await treeOf(files), new RootWriter(root), { ...options, signal }).unpack(destination);

const text = (path: string) => readFileSync(join(root, path), "utf8");
const about = (path: string) => {
  const { mode, uid, gid } = lstatSync(join(root, path));
  return `${(mode & 0o7777).toString(8)} ${uid}:${gid}`;
};

describe("COPY", () => {
  const files: Files = {
    "dir/": { mode: 0o700, uid: 5, gid: 6 },
    "dir/f": { body: Buffer.from("f"), mode: 0o4755, uid: 5, gid: 6, mtime: 1_000_000_123_456_789n },
    "dir/sub/": { mode: 0o711, uid: 7 },
    "dir/sub/s": "s",
    "dir/l": { type: "symlink", linkname: "f" },
    flink: { type: "symlink", linkname: "dir/f" },
  };
  test("a file under a name, into a directory, into a directory to be made", async () => {
    mkdirSync(join(root, "there"));
    await copy(files, "/dir/f", "/a/b/c");
    await copy(files, "/dir/f", "/there");
    await copy(files, "/dir/f", "/new/");
    expect([text("a/b/c"), text("there/f"), text("new/f")]).toEqual(["f", "f", "f"]);
    expect([about("a"), about("a/b"), about("a/b/c")]).toEqual(["755 0:0", "755 0:0", "4755 5:6"]);
    expect(lstatSync(join(root, "a/b/c"), { bigint: true }).mtimeNs).toBe(1_000_000_123_456_789n);
  });
  test("a directory stands for its contents; only what is in it keeps its owner and mode", async () => {
    await copy(files, "/dir", "/x");
    expect(readdirSync(join(root, "x")).sort()).toEqual(["f", "l", "sub"]);
    expect([about("x"), about("x/sub"), about("x/f")]).toEqual(["755 0:0", "711 7:0", "4755 5:6"]);
    expect(readlinkSync(join(root, "x/l"))).toBe("f");
  });
  test("an existing directory keeps its own, those in it take the source's", async () => {
    mkdirSync(join(root, "x/sub"), { recursive: true, mode: 0o777 });
    chownSync(join(root, "x"), 9, 9);
    await copy(files, "/dir", "/x");
    expect([about("x"), about("x/sub")]).toEqual(["755 9:9", "711 7:0"]);
  });
  test("a link named as the source stands for its target, under its own name", async () => {
    await copy(files, "/flink", "/x/");
    expect(text("x/flink")).toBe("f");
    expect(lstatSync(join(root, "x/flink")).isFile()).toBe(true);
  });
  test("owner and mode asked for go to everything made", async () => {
    await copy(files, "/dir", "/x/y", { owner: { uid: 3, gid: 4 }, mode: 0o640 });
    expect(["x", "x/y", "x/y/f", "x/y/sub/s"].map(about)).toEqual(Array(4).fill("640 3:4"));
    expect(about("x/y/l")).toEndWith("3:4");
  });
  test("files replace files and links; never directories", async () => {
    mkdirSync(join(root, "x/f"), { recursive: true });
    await expect(copy(files, "/dir", "/x")).rejects.toThrow('cannot replace to directory "/x/f" with file');
    writeFileSync(join(root, "y"), "old");
    await copy(files, "/dir/f", "/y");
    expect(text("y")).toBe("f");
    await expect(copy(files, "/dir", "/y")).rejects.toThrow('cannot copy to non-directory: "/y"');
    await expect(copy(files, "/dir/f", "/y/")).rejects.toThrow('mkdir "/y": not a directory');
    await expect(copy(files, "/dir/f", "/y/z")).rejects.toThrow('mkdir "/y": not a directory');
    symlinkSync("/etc", join(root, "z"));
    mkdirSync(join(root, "etc"));
    mkdirSync(join(root, "w"));
    symlinkSync("/etc", join(root, "w/sub"));
    await expect(copy(files, "/dir", "/w")).rejects.toThrow('cannot copy to non-directory: "/w/sub"');
  });
  test("links of the image are followed inside it only", async () => {
    mkdirSync(join(root, "etc"));
    symlinkSync("/etc", join(root, "abs"));
    symlinkSync("../../../../../../..", join(root, "up"));
    symlinkSync("/nowhere/x", join(root, "dangling"));
    symlinkSync(join(outside, "precious"), join(root, "evil"));
    symlinkSync("loop", join(root, "loop"));
    await copy(files, "/dir/f", "/abs/a");
    await copy(files, "/dir/f", "/up/b");
    await copy(files, "/dir/f", "/dangling");
    await copy(files, "/dir/f", "/evil");
    expect([text("etc/a"), text("b"), text("nowhere/x"), text(`${outside}/precious`)]).toEqual([
      "f",
      "f",
      "f",
      "f",
    ]);
    await expect(copy(files, "/dir/f", "/loop/x")).rejects.toThrow("too many levels of symbolic links");
  });
  test("hard links, devices, fifos, attributes, holes", async () => {
    await copy(
      {
        "d/a": {
          body: Buffer.from("x"),
          xattrs: new Map([
            ["user.k", Buffer.from("v")],
            ["trusted.overlay.opaque", Buffer.from("y")],
          ]),
        },
        "d/b": { type: "link", linkname: "d/a" },
        "d/null": { type: "char", major: 1, minor: 3, mode: 0o666 },
        "d/pipe": { type: "fifo", mode: 0o600 },
      },
      "/d",
      "/x",
    );
    expect(lstatSync(join(root, "x/a")).ino).toBe(lstatSync(join(root, "x/b")).ino);
    expect(lstatSync(join(root, "x/null")).isCharacterDevice()).toBe(true);
    expect(lstatSync(join(root, "x/null")).rdev).toBe(lstatSync("/dev/null").rdev);
    expect(lstatSync(join(root, "x/pipe")).isFIFO()).toBe(true);
    expect(lgetxattr(join(root, "x/a"), "trusted.overlay.opaque")).toBeUndefined();
  });
  test("names that are not UTF-8", async () => {
    const tree = await treeOf({ d: { type: "directory" } });
    expect(tree.names("/")).toEqual(["d"]);
    await copy({ "0": { name: "d/\xff\xfe", type: "file", body: Buffer.from("x") } }, "/d", "/x");
    expect(readdirSync(join(root, "x"), { encoding: "buffer" })[0]).toEqual(Buffer.from([0xff, 0xfe]));
  });
  test("an abort stops it", async () => {
    const tree = await treeOf(files);
    const stopped = AbortSignal.abort();
    const work = new TreeCopy(tree, new RootWriter(root), { signal: stopped }).copy("/dir", "/dir", "/x");
    await expect(work).rejects.toThrow();
  });
});

describe("ADD of an archive", () => {
  test("entries keep their owners; directories that are not named are root's", async () => {
    await unpack(
      { "a/b/c": { body: Buffer.from("1"), uid: 11, gid: 12 }, "n/": { uid: 11, mode: 0o750 } },
      "/x",
    );
    expect(["x", "x/a", "x/a/b", "x/a/b/c", "x/n"].map(about)).toEqual([
      "755 0:0",
      "755 0:0",
      "755 0:0",
      "644 11:12",
      "750 11:0",
    ]);
  });
  test("an owner asked for goes to every entry", async () => {
    await unpack({ "a/": "", "a/b": { uid: 11 } }, "/x/", { owner: { uid: 1, gid: 2 } });
    expect(["x", "x/a", "x/a/b"].map(about)).toEqual(["755 1:2", "755 1:2", "644 1:2"]);
  });
  test("entries take the place of what is not a directory, and of directories when they are none", async () => {
    mkdirSync(join(root, "x/file/deep"), { recursive: true });
    mkdirSync(join(root, "target"));
    symlinkSync("/target", join(root, "x/named"));
    symlinkSync("/target", join(root, "x/implied"));
    await unpack({ file: "1", "named/": "", "named/a": "2", "implied/b": "3" }, "/x");
    expect(text("x/file")).toBe("1");
    expect(lstatSync(join(root, "x/named")).isDirectory()).toBe(true);
    expect(readdirSync(join(root, "target"))).toEqual(["b"]);
    expect(existsSync(join(root, "x/named/a"))).toBe(true);
  });
  test("removing what is in the way does not follow links", async () => {
    mkdirSync(join(root, "x"));
    symlinkSync(outside, join(root, "x/a"));
    await unpack({ a: "1" }, "/x");
    expect(text("x/a")).toBe("1");
  });
});

describe("RootTree", () => {
  test("tells of a filesystem what is in it", async () => {
    await copy(
      {
        "d/a": { body: Buffer.from("x"), mode: 0o4755, uid: 1, gid: 2 },
        "d/b": { type: "link", linkname: "d/a" },
        "d/l": { type: "symlink", linkname: "/x" },
        "d/null": { type: "char", major: 1, minor: 259, mode: 0o666 },
      },
      "/d",
      "/",
    );
    lsetxattr(join(root, "a"), "user.k", Buffer.from("v"));
    const tree = new RootTree(root);
    expect(tree.names("/")).toEqual(["a", "b", "l", "null"]);
    expect(tree.lookup("/a")).toMatchObject({ type: "file", mode: 0o4755, uid: 1, gid: 2, size: 1 });
    expect(tree.lookup("/a")?.identity).toBe(tree.lookup("/b")?.identity as string);
    expect([...(tree.lookup("/a")?.xattrs ?? [])].map(([name]) => name)).toEqual(["user.k"]);
    expect(tree.lookup("/l")).toMatchObject({ type: "symlink", linkname: "/x" });
    expect(tree.lookup("/null")).toMatchObject({ type: "char", major: 1, minor: 259 });
    expect(tree.lookup("/no/thing")).toBeUndefined();
    expect(await tree.digest("/a")).toBe(
      "sha256:2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881",
    );
  });
});
