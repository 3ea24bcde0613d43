import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BerthError } from "../../../core/index.ts";
import type { TarInput } from "../../../image/index.ts";
import type { Files } from "../../testing/tar.ts";
import { treeOf } from "../../testing/tree.ts";
import { contentDigest } from "./content-digest.ts";
import { resolvePath } from "./resolve.ts";
import { selectSources } from "./select.ts";
import type { SourceTree } from "./tree.ts";

const link = (linkname: string): Partial<TarInput> => ({ type: "symlink", linkname });
const hard = (linkname: string): Partial<TarInput> => ({ type: "link", linkname });

async function text(tree: SourceTree, path: string): Promise<string> {
  let out = "";
  for await (const { bytes } of tree.pieces(path)) out += Buffer.from(bytes).toString();
  return out;
}

describe("TarTree", () => {
  test("entries, parents that are not named, content", async () => {
    const tree = await treeOf({ "./a/b": "1", "c/": "", "/d": "22", "a/z": "" });
    expect(tree.names("/")).toEqual(["a", "c", "d"]);
    expect(tree.names("/a")).toEqual(["b", "z"]);
    expect(tree.lookup("/a")).toMatchObject({ type: "directory", implied: true });
    expect(tree.lookup("/c")?.implied).toBeUndefined();
    expect(await text(tree, "/a/b")).toBe("1");
    expect(await text(tree, "/d")).toBe("22");
    expect(await text(tree, "/a/z")).toBe("");
    expect(tree.lookup("/nope")).toBeUndefined();
    expect(tree.lookup("/d/x")).toBeUndefined();
  });
  test("later entries replace earlier ones; a directory keeps what is in it", async () => {
    const files = [
      { name: "a", type: "file", body: Buffer.from("old") },
      { name: "a", type: "file", body: Buffer.from("new") },
      { name: "d", type: "directory", mode: 0o700 },
      { name: "d/x", type: "file" },
      { name: "d", type: "directory", mode: 0o755 },
    ] as const;
    const tree = await treeOf(Object.fromEntries(files.map((entry, i) => [`${i}`, entry])));
    expect(await text(tree, "/a")).toBe("new");
    expect(tree.lookup("/d")?.mode).toBe(0o755);
    expect(tree.names("/d")).toEqual(["x"]);
  });
  test("owners are kept, or all root's", async () => {
    const files: Files = { a: { uid: 5, gid: 6 } };
    expect((await treeOf(files)).lookup("/a")).toMatchObject({ uid: 5, gid: 6 });
    expect((await treeOf(files, true)).lookup("/a")).toMatchObject({ uid: 0, gid: 0 });
  });
  test("hard links share content and identity", async () => {
    const tree = await treeOf({ a: "x", b: hard("a"), "c/d": hard("./b") });
    expect(await text(tree, "/c/d")).toBe("x");
    expect(tree.lookup("/c/d")?.identity).toBe(tree.lookup("/a")?.identity as string);
  });
  test("big files come back whole", async () => {
    const big = "0123456789".repeat(300_000);
    const tree = await treeOf({ a: "x", big, z: "y" });
    expect(await text(tree, "/big")).toBe(big);
    expect(await text(tree, "/z")).toBe("y");
  });
  test("what leads outside or nowhere is refused", async () => {
    const bad = (files: Files) =>
      treeOf(files).then(
        () => "fine",
        (error: Error) => error.message,
      );
    expect(await bad({ "../a": "" })).toBe('test archive: entry "../a" leads outside of it');
    expect(await bad({ "a/../../b": "" })).toContain("leads outside of it");
    expect(await bad({ a: link("/etc"), "a/b": "" })).toContain(
      "lies below something that is not a directory",
    );
    expect(await bad({ a: hard("/etc/passwd") })).toContain(
      'is a hard link to "/etc/passwd", which is not there',
    );
    expect(await bad({ "d/": "", a: hard("d") })).toContain("is a hard link to");
    expect(await bad({ ["a/".repeat(3000)]: "" })).toContain("has too long a path");
  });
  test("without() hides files; directories stay while something in them does", async () => {
    const tree = await treeOf({ "a/b": "", "a/c": "", "d/e": "", "f/": "", g: "" });
    const hidden = new Set(["a", "a/b", "d", "d/e", "f", "g"]);
    const rest = tree.without((path) => hidden.has(path));
    expect([rest.names("/"), rest.names("/a")]).toEqual([["a"], ["c"]]);
    expect(tree.names("/")).toEqual(["a", "d", "f", "g"]);
  });
  test("any archive is read or refused by our own error", async () => {
    const name = fc.stringMatching(/^[./ab]{0,6}$/);
    const entry = fc.record({
      name,
      type: fc.constantFrom("file", "directory", "symlink", "link", "fifo") as fc.Arbitrary<TarInput["type"]>,
      linkname: name,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 8 }), async (entries) => {
        try {
          const tree = await treeOf(Object.fromEntries(entries.map((each, i) => [`${i}`, each])));
          for (const each of entries) resolvePath(tree, `/${each.name}`);
        } catch (error) {
          expect(error).toBeInstanceOf(BerthError);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("resolvePath", () => {
  test("links are followed inside the tree only", async () => {
    const tree = await treeOf({
      "a/b": "",
      abs: link("/a"),
      up: link("../../../../a/b"),
      loop: link("loop2"),
      loop2: link("loop"),
      "a/self": link(".."),
      dangling: link("/etc/passwd"),
    });
    expect(resolvePath(tree, "/abs/b")).toBe("/a/b");
    expect(resolvePath(tree, "/up")).toBe("/a/b");
    expect(resolvePath(tree, "/a/self/a/self/abs")).toBe("/a");
    expect(resolvePath(tree, "/../..")).toBe("/");
    expect(resolvePath(tree, "/dangling")).toBeUndefined();
    expect(resolvePath(tree, "/a/b/..")).toBe("/a");
    expect(() => resolvePath(tree, "/loop")).toThrow("too many levels of symbolic links");
  });
});

describe("selectSources", () => {
  const tree = treeOf({
    a1: "",
    "a2/x": "",
    b: "",
    "dir/c.txt": "",
    "dir/sub/c.txt": "",
    l: link("dir"),
    dead: link("no"),
    ä: "",
  });
  const select = async (pattern: string) => selectSources(await tree, pattern, true);
  const named = async (pattern: string) => (await select(pattern))?.map((each) => each.named);
  test("literal paths, links behind them", async () => {
    expect(await select("/l")).toEqual([{ named: "/l", path: "/dir" }]);
    expect(await select("/l/c.txt")).toEqual([{ named: "/l/c.txt", path: "/dir/c.txt" }]);
    expect(await select("/")).toEqual([{ named: "/", path: "/" }]);
    expect(await select("/nope")).toBeUndefined();
    expect(await select("/dead")).toBeUndefined();
    expect(await select("/ä")).toEqual([{ named: "/Ã¤", path: "/Ã¤" }]);
  });
  test("wildcards match one level at a time, in order, and may match nothing", async () => {
    expect(await named("/a*")).toEqual(["/a1", "/a2"]);
    expect(await named("/*/c.txt")).toEqual(["/dir/c.txt"]);
    expect(await named("/d?r/*/c.txt")).toEqual(["/dir/sub/c.txt"]);
    expect(await named("/l/*.txt")).toEqual(["/dir/c.txt"]);
    expect(await named("/z*")).toEqual([]);
    expect(await named("/nope/*")).toEqual([]);
    expect(await named("/?")).toEqual(["/b", "/l", "/Ã¤"]);
    expect(await named("/d*")).toEqual(["/dir"]);
  });
});

describe("contentDigest", () => {
  const digest = async (files: Files) => {
    const tree = await treeOf(files);
    return contentDigest(tree, selectSources(tree, "/a", true) ?? []);
  };
  test("times do not count, everything else does", async () => {
    const same = await digest({ "a/": "", "a/f": "x" });
    expect(await digest({ "a/": { mtime: 5n }, "a/f": { body: Buffer.from("x"), mtime: 99n } })).toBe(same);
    const others: Files[] = [
      { "a/": "", "a/f": "y" },
      { "a/": "", "a/g": "x" },
      { "a/": "", "a/f": { body: Buffer.from("x"), mode: 0o755 } },
      { "a/": "", "a/f": { body: Buffer.from("x"), uid: 1 } },
      { "a/": { mode: 0o700 }, "a/f": "x" },
      { "a/": "", "a/f": "x", "a/l": link("x") },
      { "a/": "", "a/f": "x", "a/l": link("y") },
      { "a/": "", "a/f": { body: Buffer.from("x"), xattrs: new Map([["user.k", Buffer.from("v")]]) } },
      { a: "x" },
    ];
    const all = await Promise.all(others.map(digest));
    expect(new Set([same, ...all]).size).toBe(others.length + 1);
  });
  test("files beside what is selected do not count", async () => {
    expect(await digest({ a: "x", b: "1" })).toBe(await digest({ a: "x", b: "2" }));
  });
});
