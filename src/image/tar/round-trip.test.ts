import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { TarType } from "./entry.ts";
import { readTar } from "./reader.ts";
import { entriesOf, inPieces, tarOf } from "./test-support.ts";
import { encodeHeader, type TarInput } from "./writer.ts";

const byteString = (min: number, max: number) =>
  fc
    .array(fc.integer({ min: 1, max: 255 }), { minLength: min, maxLength: max })
    .map((bytes) => String.fromCharCode(...bytes));
const name = byteString(1, 300).filter((text) => !text.endsWith("/"));
const id = fc.oneof(fc.integer({ min: 0, max: 70000 }), fc.integer({ min: 0, max: 0xfffffffe }));
const mtime = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 31 }).map((seconds) => BigInt(seconds) * 1_000_000_000n),
  fc.bigInt({ min: -(2n ** 62n), max: 2n ** 66n }),
);
const xattrs = fc
  .array(
    fc.tuple(
      byteString(1, 40).filter((key) => !key.includes("=")),
      fc.uint8Array({ minLength: 1, maxLength: 60 }),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map((pairs) => new Map(pairs.map(([key, value]) => [key, Buffer.from(value)])));

const entry: fc.Arbitrary<TarInput & { body: Uint8Array }> = fc
  .record({
    name,
    type: fc.constantFrom<TarType>("file", "directory", "symlink", "link", "char", "block", "fifo"),
    mode: fc.integer({ min: 0, max: 0o7777 }),
    uid: id,
    gid: id,
    mtime,
    uname: fc.option(byteString(1, 50), { nil: undefined }),
    gname: fc.option(byteString(1, 50), { nil: undefined }),
    linkname: byteString(1, 250),
    major: fc.integer({ min: 0, max: 4095 }),
    minor: fc.integer({ min: 0, max: 0o7777777 }),
    xattrs: fc.option(xattrs, { nil: undefined }),
    body: fc.uint8Array({ maxLength: 2000 }),
  })
  .map((fields) => ({ ...fields, body: fields.type === "file" ? fields.body : new Uint8Array(0) }));

/** What reading must give for what was written. */
function expected(input: TarInput & { body: Uint8Array }): unknown {
  const { body, linkname, major, minor, uname, gname, xattrs, ...rest } = input;
  const link = input.type === "symlink" || input.type === "link";
  const device = input.type === "char" || input.type === "block";
  return {
    ...rest,
    size: body.byteLength,
    ...(uname && { uname }),
    ...(gname && { gname }),
    ...(link && { linkname }),
    ...(device && { major, minor }),
    ...(xattrs && { xattrs }),
    content: Buffer.from(body),
  };
}

describe("what is written is read", () => {
  test("any entries, in pieces of any size", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { maxLength: 5 }),
        fc.integer({ min: 1, max: 3000 }),
        async (entries, pieceSize) => {
          const tar = await tarOf(entries);
          expect(tar.byteLength % 512).toBe(0);
          expect(await entriesOf(tar, { pieceSize, strict: true })).toEqual(entries.map(expected) as never);
          expect((await tarOf(entries)).equals(tar)).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  });
  test("content that is not asked for is skipped", async () => {
    const tar = await tarOf(
      ["a", "b", "c"].map((name) => ({ name, type: "file", body: Buffer.alloc(5000, name) })),
    );
    const names: string[] = [];
    for await (const read of readTar(inPieces(tar, 700))) {
      names.push(read.name);
      if (read.name === "b") for await (const _ of read.body()) break;
    }
    expect(names).toEqual(["a", "b", "c"]);
  });
  test("files over 8 GB", async () => {
    const size = 9 * 2 ** 30;
    const head = encodeHeader({ name: "big", type: "file", size });
    const entries = readTar(inPieces(head));
    const { value } = await entries.next();
    expect(value).toMatchObject({ name: "big", size });
    await entries.return();
  });
});

describe("hostile input", () => {
  const survives = async (bytes: Uint8Array) => {
    let count = 0;
    try {
      for await (const read of readTar(inPieces(bytes, 777))) {
        count++;
        let size = 0;
        for await (const { bytes: piece } of read.pieces()) size += piece.byteLength;
        expect(size).toBeLessThanOrEqual(bytes.byteLength);
      }
    } catch (error) {
      expect(error).toHaveProperty("name", "BerthError");
      expect(String(error)).not.toContain("\n");
    }
    expect(count).toBeLessThanOrEqual(bytes.byteLength / 512);
  };
  test("arbitrary bytes", async () => {
    await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 4000 }), survives), { numRuns: 200 });
  });
  test("archives with bytes changed, and archives cut off", async () => {
    const change = fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { minLength: 1, maxLength: 3 }),
        fc.array(change, { maxLength: 6 }),
        fc.nat(),
        async (entries, changes, cut) => {
          const tar = await tarOf(entries);
          for (const [at, value] of changes) tar[at % tar.byteLength] = value;
          // A repaired checksum lets changed fields through to the parts behind it.
          let sum = 0;
          for (let i = 0; i < 512; i++) sum += i >= 148 && i < 156 ? 0x20 : (tar[i] as number);
          tar.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
          await survives(tar);
          await survives(tar.subarray(0, cut % tar.byteLength));
        },
      ),
      { numRuns: 150 },
    );
  });
});
