import { afterEach, beforeEach, describe, expect, setDefaultTimeout, test } from "bun:test";
import { closeSync, existsSync, ftruncateSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { TarInput } from "../image/index.ts";
import { lsetxattr } from "../kernel/index.ts";
import { runCommand } from "../process/index.ts";
import { bothOf } from "./both-forms.test-helper.ts";
import { directory, file, isRoot, scratchDirectory, symlink, tarBytes } from "./test-support.ts";

setDefaultTimeout(30_000);

let scratch: ReturnType<typeof scratchDirectory>;
beforeEach(() => {
  scratch = scratchDirectory();
});
afterEach(() => scratch[Symbol.dispose]());

const CAPABILITY = Buffer.from("0100000200200000000000000000000000000000", "hex");
const link = (name: string, linkname: string): TarInput => ({ name, type: "link", linkname });
const names = (count: number, text: (i: number) => string) => [...Array(count).keys()].map(text);

/** Both forms show the same, and it is as it should be. */
async function same(tar: Uint8Array | string): Promise<Record<string, Record<string, string | number>>> {
  const { unpacked, mounted } = await bothOf(tar, scratch.path);
  expect(mounted).toBeDefined();
  expect(mounted).toEqual(unpacked);
  if (!("files" in unpacked)) throw new Error(unpacked.error);
  return unpacked.files;
}
const sameEntries = async (...entries: TarInput[]) => same(await tarBytes(entries));

describe.skipIf(!isRoot)("a mounted layer and an unpacked one show the same:", () => {
  test("kinds, modes, owners, times, devices, attributes", async () => {
    const files = await sameEntries(
      { ...directory(".", 0o1711), uid: 3, gid: 4, mtime: 1_000_000_000_000_000_005n },
      { ...directory("d", 0o2775), uid: 5, gid: 3_000_000_000, mtime: 1_600_000_000_000_000_001n },
      file("d/suid", "12345", { mode: 0o6755, uid: 4_294_967_294, gid: 8, mtime: -1n }),
      file("old", "x", { mtime: -1_500_000_000_123_456_789n }),
      file("cap", "", {
        mode: 0o755,
        xattrs: new Map([
          ["security.capability", CAPABILITY],
          ["security.selinux", Buffer.from("dropped")],
          ["user.x", Buffer.from("y")],
          ["user.empty", Buffer.alloc(0)],
          [`user.${"n".repeat(250)}`, Buffer.alloc(1000, "v")],
          ["trusted.overlay.opaque", Buffer.from("y")],
          ["user.overlay.redirect", Buffer.from("/")],
          ["user.raw-\xff", Buffer.from([0, 255])],
        ]),
      }),
      { name: "null", type: "char", mode: 0o666, major: 1, minor: 3 },
      { name: "sda", type: "block", mode: 0o660, major: 4095, minor: 1_048_575 },
      { name: "zero", type: "char", mode: 0o600, major: 0, minor: 0 },
      { name: "pipe", type: "fifo", mode: 0o620, uid: 1 },
      { ...symlink("soft", "/etc/passwd"), uid: 9, mtime: 1n },
      file("empty"),
      file("raw-\xff\xfe", "bytes"),
      file("n".repeat(255), "long"),
      file("block", "b".repeat(512)),
      file("blocks", "b".repeat(512 * 9 + 1)),
    );
    expect(files[""]).toMatchObject({ mode: "41711", owner: "3:4", time: "1000000000.5" });
    expect(files["d/suid"]).toMatchObject({ mode: "106755", owner: "4294967294:8", time: "-1.999999999" });
    expect(Object.keys(files.cap ?? {}).filter((key) => key.startsWith("xattr"))).toHaveLength(5);
    expect(files.sda).toMatchObject({ mode: "60660", rdev: 0xffffffff });
  });

  test("link targets of every length that a block makes interesting", async () => {
    await sameEntries(
      ...[1, 63, 415, 447, 448, 449, 511, 512, 513, 4094, 4095].map((length) =>
        symlink(`l${length}`, "t".repeat(length)),
      ),
    );
  });

  test("attributes that reach over blocks", async () => {
    const attributes = (count: number) =>
      new Map(names(count, (i) => `user.${i}`).map((name) => [name, Buffer.alloc(i % 300, "v")] as const));
    let i = 0;
    await sameEntries(
      ...names(12, (n) => `f${n}`).map((name) => {
        i += 29;
        return file(name, "x", { xattrs: attributes(1 + (i % 5)) });
      }),
      { ...directory("d"), xattrs: attributes(5) },
      { ...directory("d"), xattrs: new Map([["user.later", Buffer.from("l")]]) },
    );
  });

  test("directories of many names, in no order", async () => {
    const shuffled = names(5000, (i) => `many/${((i * 7919) % 5000).toString(36)}-${"x".repeat(i % 40)}`);
    const odd = ["-", "!", ",", "..a", ".a", "...", "+", " ", "\x01", "\xff", ".-", "..-"].map((name) =>
      file(`odd/${name}`, name),
    );
    const files = await sameEntries(...odd, ...shuffled.map((name) => file(name)));
    expect(Object.keys(files)).toHaveLength(5000 + 12 + 3);
  });

  test("names that occur again, and parents that were never named", async () => {
    const files = await sameEntries(
      file("f", "first"),
      file("f", "second!"),
      file("deep/er/file", "x", { mtime: 7n }),
      directory("d"),
      file("d/inside", "123"),
      link("kept", "d/inside"),
      file("d", "now a file"),
      symlink("l", "x"),
      directory("l"),
      file("l/y", "z"),
      directory("l", 0o700),
      file("/absolute", "a"),
      file("./dot/../here", "h"),
      file("/../up", "u"),
      file(".wh..wh.aufs"),
      file(".wh..wh.plnk/12.34", "x"),
      directory("again"),
      file("again/a"),
      symlink("again", "l"),
      file("again/through", "t"),
    );
    expect(files.kept).toMatchObject({ links: 1 });
    expect(files["l/through"]).toMatchObject({ size: 1 });
    expect(files.deep).toMatchObject({ mode: "40755", time: "0.7" });
  });

  test("hard links", async () => {
    const files = await sameEntries(
      file("a", "content", { xattrs: new Map([["user.x", Buffer.from("y")]]) }),
      link("b", "a"),
      link("c", "./b"),
      link("a", "c"),
      link("d/e", "/a"),
      symlink("s", "d"),
      link("through", "s/e"),
      link("s2", "s"),
      { name: "pipe", type: "fifo" },
      link("pipe2", "pipe"),
      file("gone", "1"),
      link("stays", "gone"),
      file("gone", "2"),
    );
    expect(files.through).toMatchObject({ links: 5, same: "a" });
    expect(files.stays).toMatchObject({ links: 1, size: 1 });
  });

  test("deletions, in every order with what is made anew", async () => {
    const files = await sameEntries(
      file(".wh.gone"),
      file("d/.wh.gone"),
      file("o/.wh..wh..opq"),
      file("o/new", "x"),
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
      { ...directory("o"), xattrs: new Map([["user.x", Buffer.from("y")]]) },
      file(".wh..wh..opq"),
    );
    for (const name of ["", "a", "b", "c", "o"])
      expect(files[name]).toHaveProperty(["xattr trusted.overlay.opaque"]);
    expect(files.gone).toMatchObject({ mode: "20000", rdev: 0 });
    expect(files.o).toHaveProperty(["xattr user.x"]);
  });

  test("links in directories' paths", async () => {
    await sameEntries(
      directory("a/b"),
      symlink("l", "../../a"),
      symlink("m", "/l/b"),
      file("m/x", "1"),
      symlink("a/b/up", ".."),
      file("a/b/up/y", "2"),
      symlink("chain0", "a"),
      ...names(38, (i) => `chain${i + 1}`).map((name, i) => symlink(name, `chain${i}`)),
      file("chain38/z", "3"),
      directory("l/b/deep", 0o700),
      symlink("l", "elsewhere"),
    );
  });

  test("an archive without an end; one without its last filling has to be unpacked", async () => {
    const tar = await tarBytes([file("a", "a".repeat(700)), file("b", "b".repeat(700))]);
    await same(tar.subarray(0, 2 * (512 + 1024)));
    const { unpacked, mounted } = await bothOf(tar.subarray(0, 512 + 1024 + 512 + 700), scratch.path);
    expect(unpacked).toMatchObject({ size: 1400 });
    expect(mounted).toBeUndefined();
  });

  const LONG = `${"deep/".repeat(60)}${"n".repeat(200)}`;
  test.each(["v7", "ustar", "oldgnu", "gnu", "pax"])("what GNU tar writes, --format=%s", async (format) => {
    const root = join(scratch.path, "in");
    const script = `mkdir -p "$1/d" && cd "$1" && echo hi > d/f && chmod 4711 d/f && ln d/f d/g && ln -s d/f s && touch empty
      if [ "$2" = pax ] || [ "$2" = gnu ]; then mkdir -p "$(dirname "$3")" && echo x > "$3" && ln -s "$3" long; fi
      touch -d '1969-12-31 23:59:58.25Z' old; case $2 in v7|ustar|oldgnu) rm old;; esac; [ "$2" = v7 ] || mkfifo p
      tar --format="$2" -cf ../made.tar .`;
    const { code, stderr } = await runCommand(["sh", "-c", script, "sh", root, format, LONG]);
    expect([code, stderr]).toEqual([0, ""]);
    const files = await same(join(scratch.path, "made.tar"));
    expect(files["d/g"]).toMatchObject({ mode: "104711", links: 2 });
  });

  test.each([
    "--format=oldgnu",
    "--format=gnu",
    "--format=pax --sparse-version=0.0",
    "--format=pax --sparse-version=0.1",
    "--format=pax --sparse-version=1.0",
  ])("sparse files, %s", async (options) => {
    const sparse = (name: string, size: number, ...at: number[]) => {
      const fd = openSync(join(scratch.path, name), "w");
      for (const offset of at) writeSync(fd, `here ${offset} ${"x".repeat(3000)}`, offset);
      ftruncateSync(fd, size);
      closeSync(fd);
    };
    sparse("s-many", 4_000_000, ...names(40, String).map((i) => Number(i) * 65536));
    sparse("s-end", 50_000_003, 49_999_000);
    sparse("s-start", 60_000_000, 0);
    sparse("s-hole", 3_000_000);
    sparse("s-odd", 1_000_001, 4096, 12288);
    sparse("s-huge", 1_200_000_000_000);
    writeFileSync(join(scratch.path, "s-none"), "after");
    const command = `cd "$0" && tar -S --sort=name ${options} -cf made.tar s-*`;
    expect((await runCommand(["sh", "-c", command, scratch.path])).code).toBe(0);
    const files = await same(join(scratch.path, "made.tar"));
    expect(files["s-huge"]).toMatchObject({ size: 1_200_000_000_000 });
  });

  test("what this machine itself is made of", async () => {
    const tool = join(scratch.path, "tool");
    writeFileSync(tool, "tool", { mode: 0o755 });
    lsetxattr(tool, "security.capability", CAPABILITY);
    const places = ["etc", "usr/share/zoneinfo", "usr/lib/locale", "dev"].filter((path) =>
      existsSync(`/${path}`),
    );
    const made = join(scratch.path, "made.tar");
    const attributes = ["--xattrs", "--xattrs-include=security.capability", "--one-file-system"];
    // Files may change while they are read: what tar says of that does not count.
    await runCommand(["tar", ...attributes, "-cf", made, "-C", scratch.path, "tool", "-C", "/", ...places], {
      timeoutMs: 30_000,
    });
    const files = await same(made);
    expect(files.tool).toHaveProperty(["xattr security.capability"]);
    expect(Object.keys(files).length).toBeGreaterThan(200);
  });
});
