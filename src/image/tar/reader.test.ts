import { describe, expect, test } from "bun:test";
import { BLOCK } from "./header.ts";
import { encodePax } from "./pax.ts";
import { entriesOf, tarOf } from "./test-support.ts";
import { encodeHeader } from "./writer.ts";

/** Changes a header block and makes its checksum right again. */
function changed(block: Uint8Array, change: (block: Buffer) => void): Buffer {
  const copy = Buffer.from(block);
  change(copy);
  copy.fill(" ", 148, 156);
  const sum = copy.reduce((total, byte) => total + byte, 0);
  copy.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return copy;
}

function extension(flag: string, data: Uint8Array): Buffer {
  const header = changed(encodeHeader({ name: "x", type: "file", size: data.byteLength }), (block) =>
    block.write(flag, 156, "latin1"),
  );
  return Buffer.concat([header, data, new Uint8Array((BLOCK - (data.byteLength % BLOCK)) % BLOCK)]);
}

const file = (name: string, size = 0) => encodeHeader({ name, type: "file", size });
const END = new Uint8Array(2 * BLOCK);
const read = (...parts: Uint8Array[]) => entriesOf(Buffer.concat(parts));

/** Where an archive must have its end, it must also have its filling. */
const readStrictly = (...parts: Uint8Array[]) => entriesOf(Buffer.concat(parts), { strict: true });

test("an archive that was never closed may lack the filling behind its last entry", async () => {
  expect(await read(file("a", 3), Buffer.from("abc"))).toHaveLength(1);
});

describe("damage is refused with its place", () => {
  test.each<[string, string, () => Promise<unknown>]>([
    ["no tar at all", "wrong header checksum at byte 0", () => read(Buffer.alloc(1024, "text"))],
    ["too short for a header", "truncated in the header at byte 0", () => read(Buffer.alloc(100, "a"))],
    [
      "content cut off",
      'truncated in "some/name": it ends after 612 bytes',
      () => read(file("some/name", 1000), new Uint8Array(100)),
    ],
    [
      "filling cut off, where the archive must be whole",
      'truncated in "a"',
      () => readStrictly(file("a", 3), Buffer.from("abc")),
    ],
    [
      "a damaged second header",
      "wrong header checksum at byte 512",
      () => read(file("a"), file("b").fill(7, 10, 20)),
    ],
    [
      "a number that is none",
      "bad size in the header at byte 0",
      () =>
        read(
          changed(file("a"), (block) => block.write("9", 126)),
          END,
        ),
    ],
    [
      "a size below zero",
      "negative size in the header at byte 0",
      () =>
        read(
          changed(file("a"), (block) => block.fill(0xff, 124, 136)),
          END,
        ),
    ],
    [
      "a size beyond counting",
      "bad size in the header at byte 0",
      () =>
        read(
          changed(file("a"), (block) => block.fill(0x7f, 125, 136).fill(0x80, 124, 125)),
          END,
        ),
    ],
    ["a huge extended header", "extended header of 9000000 bytes at byte 0", () => read(hugeExtension, END)],
    [
      "an extended header alone",
      "without an entry at byte 1024",
      () => read(extension("x", record("path", "a")), END),
    ],
    [
      "a bad record length",
      "bad record length",
      () => read(extension("x", Buffer.from("99 path=a\n")), file("a"), END),
    ],
    [
      "a record without end",
      "bad record length",
      () => read(extension("x", Buffer.from("9 path=ab")), file("a"), END),
    ],
    [
      "a NUL in a name",
      "NUL byte in path",
      () => read(extension("x", record("path", "a\0b")), file("a"), END),
    ],
    ["a bad time", 'bad time "soon"', () => read(extension("x", record("mtime", "soon")), file("a"), END)],
    [
      "a bad owner",
      "bad owner 4294967295",
      () => read(extension("x", record("uid", "4294967295")), file("a"), END),
    ],
    [
      "an unknown type",
      'entries of type "M" are not supported',
      () =>
        read(
          changed(file("a"), (block) => block.write("M", 156)),
          END,
        ),
    ],
    [
      "overlapping sparse parts",
      "whose parts overlap",
      () => read(sparse("0,5,3,5", 20), file("a", 10), ten, END),
    ],
    [
      "sparse parts past the end",
      "past the end of the file",
      () => read(sparse("0,5,18,5", 20), file("a", 10), ten, END),
    ],
    [
      "a sparse map of the wrong length",
      "does not fit",
      () => read(sparse("0,5,10,4", 20), file("a", 10), ten, END),
    ],
    ["an unknown sparse version", "of unknown version 7", () => read(sparseVersion, file("a", 10), ten, END)],
  ])("%s", async (_, message, attempt) => {
    const error = await attempt().catch((thrown: Error) => thrown);
    expect(error).toHaveProperty("name", "BerthError");
    expect((error as Error).message).toContain(message);
    expect((error as Error).message).not.toContain("\n");
  });
  const record = (key: string, value: string) => encodePax([[key, value]]);
  const ten = Buffer.alloc(BLOCK, "x");
  const hugeExtension = changed(file("x", 9_000_000), (block) => block.write("x", 156));
  const sparse = (map: string, size: number) =>
    extension(
      "x",
      encodePax([
        ["GNU.sparse.size", String(size)],
        ["GNU.sparse.map", map],
      ]),
    );
  const sparseVersion = extension(
    "x",
    encodePax([
      ["GNU.sparse.major", "7"],
      ["GNU.sparse.size", "20"],
    ]),
  );
});

describe("old and odd forms", () => {
  test("without an end marker an archive is read, unless it must be whole", async () => {
    expect((await read(file("a"))).map(({ name }) => name)).toEqual(["a"]);
    await expect(entriesOf(file("a"), { strict: true })).rejects.toThrow(
      "truncated: no end marker at byte 512",
    );
    expect(await entriesOf(Buffer.concat([file("a"), END]), { strict: true })).toHaveLength(1);
  });
  test("what follows the end marker is ignored", async () => {
    expect(await read(file("a"), END, Buffer.alloc(3000, "garbage"))).toHaveLength(1);
  });
  test("v7: no magic, a directory is a name with a slash", async () => {
    const v7 = (name: string) => changed(file(name), (block) => block.fill(0, 156, 157).fill(0, 257, 512));
    expect((await read(v7("d/"), v7("d/f"), END)).map(({ name, type }) => [name, type])).toEqual([
      ["d", "directory"],
      ["d/f", "file"],
    ]);
  });
  test("sums of signed bytes are accepted", async () => {
    const block = Buffer.from(file("\xff\xfe"));
    const sum = 0o0 + Number.parseInt(block.toString("latin1", 148, 154), 8) - 2 * 256;
    block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
    expect((await read(block, END))[0]?.name).toBe("\xff\xfe");
  });
  test("global headers are passed over; labels too", async () => {
    const label = changed(file("volume"), (block) => block.write("V", 156));
    const global = extension("g", encodePax([["path", "other"]]));
    expect((await read(global, label, file("a"), END)).map(({ name }) => name)).toEqual(["a"]);
  });
  test("links and directories carry no data, whatever their size field says", async () => {
    const link = changed(encodeHeader({ name: "l", type: "link", linkname: "a" }), (block) =>
      block.write("00000001000", 124),
    );
    expect((await read(link, file("b"), END)).map(({ name, size }) => [name, size])).toEqual([
      ["l", 0],
      ["b", 0],
    ]);
  });
  test("of several PAX records for one key the last counts; an empty one means none", async () => {
    const records = encodePax([
      ["path", "first"],
      ["path", "second"],
      ["linkpath", ""],
    ]);
    expect((await read(extension("x", records), file("a"), END))[0]?.name).toBe("second");
  });
  test("an empty archive", async () =>
    expect(await entriesOf(await tarOf([]), { strict: true })).toEqual([]));
});
