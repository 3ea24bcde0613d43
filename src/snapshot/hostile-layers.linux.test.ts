import { afterAll, beforeAll, describe, expect, setDefaultTimeout, test } from "bun:test";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import type { TarInput } from "../image/index.ts";
import { bothOf, type Outcome } from "./both-forms.test-helper.ts";
import {
  directory,
  file,
  isRoot,
  scratchDirectory,
  symlink,
  tarBytes,
  withChecksum,
} from "./test-support.ts";

setDefaultTimeout(120_000);

let scratch: ReturnType<typeof scratchDirectory>;
let work: string;
beforeAll(() => {
  scratch = scratchDirectory();
  work = join(scratch.path, "work");
  mkdirSync(work);
  mkdirSync(join(scratch.path, "outside"));
  writeFileSync(join(scratch.path, "outside/secret"), "untouched", { mode: 0o600 });
});
afterAll(() => scratch[Symbol.dispose]());

/** Both forms refuse it in the same words, or show the same; nothing outside is touched. */
async function agree(tar: Uint8Array): Promise<{ unpacked: Outcome; mounted: Outcome | undefined }> {
  const both = await bothOf(tar, work);
  if (both.mounted) expect(both.mounted).toEqual(both.unpacked);
  if ("error" in both.unpacked) {
    expect(["invalid", "unsupported"]).toContain(both.unpacked.kind);
    expect(both.unpacked.error).not.toContain("\n");
  }
  expect(readFileSync(join(scratch.path, "outside/secret"), "utf8")).toBe("untouched");
  expect(readdirSync(scratch.path).sort()).toEqual(["outside", "work"]);
  expect(readdirSync(work)).toEqual(["both.tar"]);
  return both;
}

const link = (name: string, linkname: string): TarInput => ({ name, type: "link", linkname });

describe.skipIf(!isRoot)("hostile layers, in both forms", () => {
  test.each<[string, string, () => TarInput[]]>([
    ["a name with ..", "leads outside", () => [file("../outside/x", "bad")]],
    ["a link with ..", "leads outside", () => [link("x", "../outside/secret")]],
    ["a link through a link", "not in the layer", () => [symlink("l", "../outside"), link("x", "l/secret")]],
    ["a link to an absolute path", "not in the layer", () => [link("x", "/etc/passwd")]],
    ["a link to a directory", "hard link to the directory", () => [directory("d"), link("x", "d")]],
    ["a link to the root", "root filesystem itself", () => [link("x", "/")]],
    ["a link to a deletion", "not in the layer", () => [file(".wh.a"), link("x", "a")]],
    ["links in a circle", "not in the layer", () => [link("a", "b"), link("b", "a")]],
    ["a link that replaces its target", "not in the layer", () => [file("d/f"), link("d", "d/f")]],
    ["a file below a file", "is not a directory", () => [file("f", "x"), file("f/g", "y")]],
    ["a file below a pipe", "is not a directory", () => [{ name: "p", type: "fifo" }, file("p/g", "y")]],
    ["below a dangling link", "is not a directory", () => [symlink("l", "/nowhere"), file("l/g", "y")]],
    ["below links in a circle", "in a circle", () => [symlink("a", "b"), symlink("b", "a"), file("a/g")]],
    ["below a link too long", "name too long", () => [symlink("a", "n".repeat(256)), file("a/g")]],
    ["the root as a file", "must be a directory", () => [file(".", "x")]],
    ["the root deleted", "deletes nothing", () => [file(".wh..", "x")]],
    ["below a deletion's name", "reserved for deletions", () => [file(".wh.a/b", "x")]],
    ["a name of 256 bytes", "longer than 255 bytes", () => [file("n".repeat(256), "x")]],
    ["a directory of 256 bytes", "longer than 255 bytes", () => [file(`${"n".repeat(256)}/x`, "x")]],
    ["a name of 10 kB", "longer than 255 bytes", () => [file("n".repeat(10_000), "x")]],
    ["a path of 10 kB", "longer than 4095 bytes", () => [file("n/".repeat(5000), "x")]],
    ["a link without a target", "without a target", () => [symlink("l", "")]],
    ["a target of 10 kB", "more than 4095 bytes", () => [symlink("l", "t".repeat(10_000))]],
    ["a device out of range", "cannot exist", () => [{ name: "x", type: "char", major: 4096, minor: 0 }]],
    [
      "an attribute that is no capability",
      "no file capability",
      () => [file("x", "", { xattrs: new Map([["security.capability", Buffer.from("all")]]) })],
    ],
    [
      "an attribute's name too long",
      "more than 255 bytes",
      () => [file("x", "", { xattrs: new Map([[`user.${"n".repeat(251)}`, Buffer.from("v")]]) })],
    ],
  ])("%s is refused", async (_, message, entries) => {
    const { unpacked, mounted } = await agree(await tarBytes(entries()));
    expect(unpacked).toMatchObject({ kind: "invalid", error: expect.stringContaining(message) });
    expect(mounted).toBeDefined();
  });

  test.each<[string, () => TarInput[]]>([
    [
      "through a link that leads out",
      () => [symlink("l", "../../../../outside"), directory("outside"), file("l/x", "in")],
    ],
    [
      "through an absolute link",
      () => [
        symlink("l", `${scratch.path}/outside`),
        directory(`${scratch.path}/outside`),
        file("l/x", "in"),
      ],
    ],
    ["a link where the file comes", () => [symlink("x", `${scratch.path}/outside/secret`), file("x", "in")]],
    [
      "a hard link, then written through",
      () => [file("a", "1"), link("b", "a"), file("b", "22"), file("a", "333")],
    ],
    ["absolute names", () => [file("/x", "in"), file("//../y", "in")]],
    ["a thousand directories deep", () => [directory("d/".repeat(900))]],
    [
      "a deep tree of links",
      () => [
        directory("a/a/a"),
        symlink("a/a/a/l", "/a"),
        ...["b", "c"].map((name) => file(`${"a/a/a/l/".repeat(8).slice(2)}a/${name}`)),
      ],
    ],
  ])("%s stays inside", async (_, entries) => {
    const { unpacked } = await agree(await tarBytes(entries()));
    expect(unpacked).toHaveProperty("files");
  });

  const part = fc.constantFrom(
    "a",
    "b",
    "l",
    "..",
    ".",
    "",
    ".wh.a",
    ".wh.l",
    ".wh..wh..opq",
    ".wh..wh.x",
    "\xff",
  );
  const name = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join("/"));
  const entry: fc.Arbitrary<TarInput> = fc.record({
    name,
    type: fc.constantFrom(
      "file",
      "file",
      "directory",
      "directory",
      "symlink",
      "symlink",
      "link",
      "link",
      "fifo",
      "char",
    ),
    linkname: name,
    mode: fc.integer({ min: 0, max: 0o7777 }),
    uid: fc.constantFrom(0, 1, 70000, 0xfffffffe),
    gid: fc.constantFrom(0, 1, 3_000_000_000),
    mtime: fc.bigInt({ min: -(2n ** 62n), max: 2n ** 63n }),
    major: fc.integer({ min: 0, max: 4 }),
    minor: fc.integer({ min: 0, max: 2 }),
    body: fc.uint8Array({ maxLength: 1200 }),
    xattrs: fc.constantFrom(
      new Map(),
      new Map([["user.a", Buffer.from("1")]]),
      new Map([["user.b", Buffer.alloc(600)]]),
    ),
  });
  const entries = fc
    .array(entry, { minLength: 1, maxLength: 14 })
    .map((list) =>
      list.map(({ body, ...rest }) => (rest.type === "file" ? { ...rest, body: body as Uint8Array } : rest)),
    );

  test("whatever the entries", async () => {
    let shown = 0;
    await fc.assert(
      fc.asyncProperty(entries, async (list) => {
        const { unpacked } = await agree(await tarBytes(list));
        if ("files" in unpacked) shown++;
      }),
      { numRuns: 400 },
    );
    expect(shown).toBeGreaterThan(40);
  });

  /** Changes of an archive: what, where, and a number. */
  const change = fc.record({
    what: fc.constantFrom("byte", "field", "flag", "cut", "repeat", "swap"),
    at: fc.nat(),
    value: fc.nat(),
  });
  const FIELDS = [0, 100, 108, 116, 124, 136, 157, 257, 265, 329, 337, 345, 386, 398, 482, 483];
  const VALUES = [
    "00000000000\0",
    "77777777777\0",
    "00000001000\0",
    "\x80\0\0\0\0\0\0\0\x01\0\0\0",
    "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
    "../../x\0",
    "/\0",
    "ustar  \0",
    "\0\0\0\0\0\0\0\0",
  ];
  const FLAGS = "0123456719DKLSVXgx\0";
  function changed(tar: Buffer, changes: readonly { what: string; at: number; value: number }[]): Buffer {
    let bytes: Buffer = Buffer.from(tar);
    for (const { what, at, value } of changes) {
      const blocks = Math.max(1, bytes.byteLength >> 9);
      const block = (at % blocks) * 512;
      if (what === "cut") bytes = bytes.subarray(0, at % (bytes.byteLength + 1));
      else if (what === "repeat")
        bytes = Buffer.concat([bytes.subarray(0, block), bytes.subarray((value % blocks) * 512)]);
      else if (bytes.byteLength < block + 512) continue;
      else if (what === "swap") bytes.copyWithin(block, (value % blocks) * 512, (value % blocks) * 512 + 512);
      else if (what === "byte") bytes[block + (value % 512)] = value >> 9;
      else if (what === "flag") bytes.write(FLAGS[value % FLAGS.length] as string, block + 156, "latin1");
      else
        bytes.write(
          VALUES[value % VALUES.length] as string,
          block + (FIELDS[(value >> 8) % FIELDS.length] as number),
          "latin1",
        );
      // Half of the time damage is to be seen by the checksum.
      if (["byte", "flag", "field"].includes(what) && at % 2 === 0) bytes = withChecksum(bytes, block);
    }
    return bytes;
  }

  test("archives that were changed or cut off", async () => {
    await fc.assert(
      fc.asyncProperty(entries, fc.array(change, { minLength: 1, maxLength: 4 }), async (list, changes) => {
        await agree(changed(await tarBytes(list), changes));
      }),
      { numRuns: 600 },
    );
  });
});
