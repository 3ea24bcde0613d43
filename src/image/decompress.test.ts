import { describe, expect, test } from "bun:test";
import { randomBytes } from "node:crypto";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { decompress } from "./decompress.ts";

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

async function unpacked(bytes: Uint8Array, size = 1000): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of decompress(pieces(bytes, size))) parts.push(part);
  return Buffer.concat(parts);
}

const text = Buffer.concat([Buffer.alloc(300_000, "some words "), randomBytes(50_000)]);

describe("decompress", () => {
  const forms = { gzip: gzipSync(text), zstd: zstdCompressSync(text), plain: text };
  for (const [name, packed] of Object.entries(forms)) {
    test(`${name} in pieces of any size`, async () => {
      for (const size of [1 << 20, 1000, 7]) expect((await unpacked(packed, size)).equals(text)).toBe(true);
    });
  }
  test("nothing is nothing", async () => expect((await unpacked(new Uint8Array(0))).byteLength).toBe(0));
  test("several members follow each other", async () => {
    const two = (packed: Uint8Array) => unpacked(Buffer.concat([packed, packed]));
    expect((await two(forms.gzip)).byteLength).toBe(2 * text.byteLength);
    expect((await two(forms.zstd)).byteLength).toBe(2 * text.byteLength);
  });
  test("a zstd stream may begin with a skippable frame", async () => {
    const skippable = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    expect((await unpacked(Buffer.concat([skippable, forms.zstd]))).equals(text)).toBe(true);
  });
  for (const name of ["gzip", "zstd"] as const) {
    test(`${name} cut off anywhere is refused`, async () => {
      const packed = forms[name];
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 6, max: packed.byteLength - 1 }), async (length) => {
          await expect(unpacked(packed.subarray(0, length))).rejects.toThrow(/truncated|damaged/);
        }),
        { numRuns: 25 },
      );
    });
    test(`garbage after ${name} is refused`, () =>
      expect(unpacked(Buffer.concat([forms[name], Buffer.from("garbage!")]))).rejects.toThrow(
        /damaged|truncated/,
      ));
  }
  test("damaged gzip is refused", () => {
    const packed = Buffer.from(forms.gzip);
    packed.fill(0x55, 200, 260);
    return expect(unpacked(packed)).rejects.toThrow("gzip data is damaged");
  });
  test("bzip2 and xz are named", async () => {
    await expect(unpacked(Buffer.from("BZh91AY"))).rejects.toThrow("bzip2 compression is not supported");
    await expect(unpacked(Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0]))).rejects.toThrow(
      "xz compression",
    );
  });
  test("an error of the source comes through, and leaving early closes the source", async () => {
    async function* failing() {
      yield forms.gzip.subarray(0, 5000);
      throw new Error("client went away");
    }
    const drain = async () => {
      for await (const _ of decompress(failing()));
    };
    await expect(drain()).rejects.toThrow("client went away");
    let closed = false;
    async function* watched() {
      try {
        yield* pieces(forms.zstd, 100);
      } finally {
        closed = true;
      }
    }
    for await (const _ of decompress(watched())) break;
    expect(closed).toBe(true);
  });
});
