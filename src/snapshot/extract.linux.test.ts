import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import {
  appendFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { TarInput } from "../image/index.ts";
import { lgetxattr, llistxattr } from "../kernel/index.ts";
import { runCommand } from "../process/index.ts";
import { extractLayer } from "./extract.ts";
import { isOpaque, isWhiteout } from "./overlay-form.ts";
import { directory, file, isRoot, scratchDirectory, symlink, tarBytes } from "./test-support.ts";

async function* once(bytes: Uint8Array) {
  yield bytes;
}

let scratch: ReturnType<typeof scratchDirectory>;
let root: string;
beforeEach(() => {
  scratch = scratchDirectory();
  root = join(scratch.path, "root");
  mkdirSync(root);
  mkdirSync(join(scratch.path, "outside"));
  writeFileSync(join(scratch.path, "outside/secret"), "untouched", { mode: 0o600 });
});
afterEach(() => scratch[Symbol.dispose]());

async function extract(...entries: TarInput[]): Promise<number> {
  return extractLayer(root, once(await tarBytes(entries)));
}
const stat = (name: string) => lstatSync(join(root, name), { bigint: true });
const text = (name: string) => readFileSync(join(root, name), "utf8");
const left = () => readdirSync(root).sort();

describe.skipIf(!isRoot)("unpacking a layer", () => {
  test("modes, owners, times to the nanosecond, links, devices, attributes", async () => {
    const capability = Buffer.from("0100000200200000000000000000000000000000", "hex");
    const size = await extract(
      { ...directory("d", 0o1777), uid: 5, gid: 6, mtime: 1_600_000_000_000_000_001n },
      file("d/suid", "12345", { mode: 0o4755, uid: 7, gid: 8, mtime: 1_500_000_000_123_456_789n }),
      { name: "d/hard", type: "link", linkname: "d/suid" },
      { ...symlink("d/soft", "/etc/passwd"), uid: 9, mtime: 1_400_000_000_000_000_000n },
      file("cap", "", {
        mode: 0o755,
        uid: 1,
        xattrs: new Map([
          ["security.capability", capability],
          ["user.x", Buffer.from("y")],
          ["trusted.overlay.opaque", Buffer.from("y")],
          ["user.overlay.redirect", Buffer.from("/")],
        ]),
      }),
      { name: "null", type: "char", mode: 0o666, major: 1, minor: 3 },
      { name: "big", type: "block", mode: 0o660, major: 259, minor: 70000 },
      { name: "pipe", type: "fifo", mode: 0o620 },
      file("raw-\xff\xfe", "bytes"),
    );
    expect(size).toBe(5 + "/etc/passwd".length + 5);
    expect(stat("d")).toMatchObject({ uid: 5n, gid: 6n, mtimeNs: 1_600_000_000_000_000_001n });
    expect(Number(stat("d").mode) & 0o7777).toBe(0o1777);
    expect(stat("d/suid")).toMatchObject({
      uid: 7n,
      gid: 8n,
      nlink: 2n,
      mtimeNs: 1_500_000_000_123_456_789n,
    });
    expect(Number(stat("d/suid").mode) & 0o7777).toBe(0o4755);
    expect(stat("d/hard").ino).toBe(stat("d/suid").ino);
    expect(readlinkSync(join(root, "d/soft"))).toBe("/etc/passwd");
    expect(stat("d/soft")).toMatchObject({ uid: 9n, mtimeNs: 1_400_000_000_000_000_000n });
    expect(Buffer.from(lgetxattr(join(root, "cap"), "security.capability") ?? []).toString("hex")).toContain(
      "0020000000",
    );
    expect(llistxattr(join(root, "cap")).sort()).toEqual(["security.capability", "user.x"]);
    expect([stat("null").isCharacterDevice(), Number(stat("null").rdev)]).toEqual([true, 0x103]);
    expect([stat("big").isBlockDevice(), Number(stat("big").rdev)]).toEqual([
      true,
      (70000 & 0xff) | (259 << 8) | ((70000 & 0xfff00) << 12),
    ]);
    expect([stat("pipe").isFIFO(), Number(stat("pipe").mode) & 0o7777]).toEqual([true, 0o620]);
    expect(readdirSync(root, { encoding: "buffer" }).map((name) => name.toString("latin1"))).toContain(
      "raw-\xff\xfe",
    );
  });

  test("missing parents are made 0755, and setgid is not inherited", async () => {
    await extract(directory("g", 0o2775), file("g/a/b/c", "x"));
    expect(Number(stat("g").mode) & 0o7777).toBe(0o2775);
    expect(Number(stat("g/a").mode) & 0o7777).toBe(0o755);
    expect(stat("g/a/b/c").gid).toBe(0n);
  });

  test("a parent may be a link inside the root filesystem", async () => {
    await extract(
      directory("usr/lib"),
      symlink("lib", "usr/lib"),
      symlink("abs", "/usr"),
      file("lib/a", "1"),
      file("abs/lib/b", "2"),
    );
    expect([text("usr/lib/a"), text("usr/lib/b")]).toEqual(["1", "2"]);
  });

  test("the last of several entries with one name counts", async () => {
    const size = await extract(
      file("f", "first"),
      file("f", "second!"),
      directory("d"),
      file("d/inside", "123"),
      file("d", "now a file"),
      symlink("l", "x"),
      directory("l"),
      file("l/y", "z"),
    );
    expect(text("f")).toBe("second!");
    expect(text("d")).toBe("now a file");
    expect(text("l/y")).toBe("z");
    expect(size).toBe(7 + 10 + 1);
  });

  test("a directory given twice keeps its files and takes the last attributes", async () => {
    await extract(directory("d"), file("d/f", "x"), directory("d", 0o700));
    expect(text("d/f")).toBe("x");
    expect(Number(stat("d").mode) & 0o7777).toBe(0o700);
  });

  test("deletions become whiteouts and opaque directories", async () => {
    await extract(
      file(".wh.gone"),
      file("d/.wh.gone"),
      directory("o"),
      file("o/.wh..wh..opq"),
      file("o/new", "x"),
      file(".wh..wh.aufs"),
      file(".wh..wh.plnk/12.34", "x"),
    );
    expect(isWhiteout(stat("gone"))).toBe(true);
    expect(isWhiteout(stat("d/gone"))).toBe(true);
    expect(isOpaque(join(root, "o"))).toBe(true);
    expect(left()).toEqual(["d", "gone", "o"]);
  });

  test("deleted and made anew in one layer, in either order", async () => {
    await extract(
      file(".wh.a"),
      directory("a"),
      directory("b"),
      file(".wh.b"),
      file(".wh.c"),
      file("c/x", "x"),
      file("e", "1"),
      file(".wh.e"),
      file(".wh.f"),
      file("f", "2"),
    );
    expect([isOpaque(join(root, "a")), isOpaque(join(root, "b")), isOpaque(join(root, "c"))]).toEqual([
      true,
      true,
      true,
    ]);
    expect([text("e"), text("f")]).toEqual(["1", "2"]);
  });

  test("sparse files keep their holes", async () => {
    writeFileSync(join(scratch.path, "holes"), "");
    truncateSync(join(scratch.path, "holes"), 50_000_000);
    appendFileSync(join(scratch.path, "holes"), "end");
    const tar = join(scratch.path, "holes.tar");
    expect(
      (await runCommand(["tar", "-S", "--format=pax", "-cf", tar, "-C", scratch.path, "holes"])).code,
    ).toBe(0);
    expect(await extractLayer(root, once(readFileSync(tar)))).toBe(50_000_003);
    expect(stat("holes").size).toBe(50_000_003n);
    expect(Number(stat("holes").blocks) * 512).toBeLessThan(1_000_000);
  });
});

describe.skipIf(!isRoot)("hostile layers stay inside", () => {
  const untouched = () => {
    expect(readFileSync(join(scratch.path, "outside/secret"), "utf8")).toBe("untouched");
    expect(readdirSync(join(scratch.path, "outside"))).toEqual(["secret"]);
    expect(readdirSync(scratch.path).sort()).toEqual(["outside", "root"]);
  };
  test.each<[string, () => TarInput[]]>([
    ["a name with ..", () => [file("../outside/x", "bad")]],
    ["a name with .. in the middle", () => [directory("a"), file("a/../../outside/x", "bad")]],
    ["a hard link to ..", () => [{ name: "x", type: "link", linkname: "../outside/secret" }]],
    [
      "a hard link through a link",
      () => [symlink("l", "../outside"), { name: "x", type: "link", linkname: "l/secret" }],
    ],
    [
      "a hard link to an absolute path",
      () => [{ name: "x", type: "link", linkname: join(scratch.path, "outside/secret") }],
    ],
    ["a hard link to a directory", () => [directory("d"), { name: "x", type: "link", linkname: "d" }]],
    ["a hard link to nothing", () => [{ name: "x", type: "link", linkname: "nowhere" }]],
    ["a file below a file", () => [file("f", "x"), file("f/g", "y")]],
    ["a file below a dangling link", () => [symlink("l", "/nowhere"), file("l/g", "y")]],
    ["a file below a circle of links", () => [symlink("a", "b"), symlink("b", "a"), file("a/g", "y")]],
    ["the root as a file", () => [file(".", "x")]],
    ["the root deleted", () => [file(".wh..", "x")]],
    ["a name too long", () => [file("n".repeat(300), "x")]],
    ["a link without a target", () => [symlink("l", "")]],
  ])("%s is refused", async (_, entries) => {
    const error = await extract(...entries()).catch((thrown: Error) => thrown);
    expect(error).toMatchObject({ name: "BerthError", kind: "invalid" });
    expect((error as Error).message).not.toContain("\n");
    untouched();
  });
  test.each<[string, () => TarInput[]]>([
    [
      "a file through a link that leads out",
      () => [symlink("l", "../../../../outside"), directory("outside"), file("l/x", "in")],
    ],
    [
      "an absolute link that leads out",
      () => [
        symlink("l", `${scratch.path}/outside`),
        directory(`${scratch.path}/outside`),
        file("l/x", "in"),
      ],
    ],
    ["a link in place of the file", () => [symlink("x", `${scratch.path}/outside/secret`), file("x", "in")]],
    [
      "modes and owners through a link",
      () => [
        symlink("x", `${scratch.path}/outside/secret`),
        { name: "x", type: "fifo", mode: 0o777, uid: 99 },
      ],
    ],
    ["absolute names", () => [file("/x", "in"), file("//y", "in")]],
  ])("%s stays inside", async (_, entries) => {
    await extract(...entries());
    untouched();
    expect(lstatSync(join(scratch.path, "outside/secret")).uid).toBe(0);
    expect(left().length).toBeGreaterThan(0);
  });
  test("whatever the entries", async () => {
    const part = fc.constantFrom("a", "b", "l", "..", ".", "outside", "", ".wh.a", ".wh..wh..opq", "secret");
    const name = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
    const entry = fc.record({
      name,
      type: fc.constantFrom("file", "directory", "symlink", "link", "fifo", "char"),
      linkname: fc.oneof(
        name,
        name.map((path) => `${scratch.path}/${path}`),
        name.map((path) => `../../${path}`),
      ),
      mode: fc.constant(0o777),
    }) as fc.Arbitrary<TarInput>;
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { minLength: 1, maxLength: 8 }), async (entries) => {
        root = join(scratch.path, "root", String(runs++));
        mkdirSync(root);
        await extract(...entries).catch((error: Error) => {
          expect(error).toMatchObject({ name: "BerthError", kind: "invalid" });
        });
        untouched();
      }),
      { numRuns: 300 },
    );
  });
});
