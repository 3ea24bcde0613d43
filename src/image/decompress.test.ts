import { describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { gzipSync, zstdCompressSync } from "node:zlib";
import fc from "fast-check";
import { type Compression, decompress } from "./decompress.ts";

async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.byteLength; at += size) yield bytes.subarray(at, at + size);
}

async function unpacked(bytes: Uint8Array, size = 1000): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of decompress(pieces(bytes, size))) parts.push(part);
  return Buffer.concat(parts);
}

const text = Buffer.concat([Buffer.alloc(300_000, "some words "), randomBytes(50_000)]);

/** Compresses with a program of the machine's; undefined where it is not there. */
function packedBy(program: string, bytes: Uint8Array, ...flags: string[]): Buffer | undefined {
  if (!Bun.which(program)) return undefined;
  const { status, stdout } = spawnSync(program, ["-c", ...flags], { input: bytes, maxBuffer: 64 << 20 });
  return status === 0 ? stdout : undefined;
}

const bzip2 = packedBy("bzip2", text);
const xz = packedBy("xz", text);
/** By compression; bzip2 and xz only where their programs are. */
const forms = {
  gzip: gzipSync(text),
  zstd: zstdCompressSync(text),
  plain: text,
  ...(bzip2 && { bzip2 }),
  ...(xz && { xz }),
} as Record<Compression, Buffer>;

describe("decompress", () => {
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
    if (bzip2) expect((await two(bzip2)).byteLength).toBe(2 * text.byteLength);
    if (xz) expect((await two(xz)).byteLength).toBe(2 * text.byteLength);
  });
  test("a zstd stream may begin with a skippable frame", async () => {
    const skippable = Buffer.from([0x53, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3]);
    expect((await unpacked(Buffer.concat([skippable, forms.zstd]))).equals(text)).toBe(true);
  });
  for (const name of Object.keys(forms).filter((name) => name !== "plain") as Compression[]) {
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
  test.each([
    ["bzip2", "QlpoOTFBWSZTWQmHYZAAAAPRgAAQQAAnBJigIAAiE0xqafqEDQNDGtYftHQVGi7kinChIBMOwyA="],
    [
      "xz",
      "/Td6WFoAAATm1rRGAgAhARYAAAB0L+WjAQAPbGF5ZXJzIG9mIHdvcmRzCgBxeUEKA+qVfAABKBDlC2xgH7bzfQEAAAAABFla",
    ],
  ])("a small %s file: whole, cut off anywhere, and with any bit turned", async (_, base64) => {
    const packed = Buffer.from(base64, "base64");
    expect((await unpacked(packed, 1)).toString()).toBe("layers of words\n");
    for (let length = 6; length < packed.byteLength; length++) {
      await expect(unpacked(packed.subarray(0, length))).rejects.toThrow("truncated");
    }
    for (let bit = 6 * 8; bit < packed.byteLength * 8; bit++) {
      const turned = Buffer.from(packed);
      turned[bit >> 3] = (turned[bit >> 3] as number) ^ (1 << (bit & 7));
      // Bits that say nothing exist: those after the end mark in its last byte.
      const result = await unpacked(turned).then(
        (bytes) => bytes.toString(),
        (error) => (/truncated|damaged|supported|memory/.test(error.message) ? "refused" : error.message),
      );
      expect(["refused", "layers of words\n"]).toContain(result);
    }
  });
  test("xz that wants a dictionary of 256 MiB is refused, and says so", async () => {
    const base64 =
      "/Td6WFoAAArh+wyhAgEEACEBIAB4FymWAQAPbGF5ZXJzIG9mIHdvcmRzCgCP3k7uIX4EYvuBHdvVqHrlHKDIG/aWPNs6hMOrHkZTcwABQBBK6kjNGJtLmgEAAAAAClla";
    await expect(unpacked(Buffer.from(base64, "base64"))).rejects.toThrow(/xz data needs 268.*MB of memory/);
  });
  for (const [name, packed] of Object.entries({ bzip2, xz })) {
    test.skipIf(packed === undefined)(`${name} with any bit turned is refused`, async () => {
      const whole = packed as Buffer;
      await fc.assert(
        fc.asyncProperty(fc.integer({ min: 6 * 8, max: whole.byteLength * 8 - 1 }), async (bit) => {
          const turned = Buffer.from(whole);
          turned[bit >> 3] = (turned[bit >> 3] as number) ^ (1 << (bit & 7));
          const result = await unpacked(turned).catch((error) => error.message as string);
          if (typeof result === "string") expect(result).toMatch(/damaged|truncated|supported|memory/);
          else expect(result.equals(text)).toBe(true);
        }),
        { numRuns: 40 },
      );
    });
    test.skipIf(packed === undefined)(
      `a ${name} bomb is unpacked piece by piece, no further than it is read`,
      async () => {
        const bomb = packedBy(name, Buffer.alloc(32 << 20)) as Buffer;
        let size = 0;
        for await (const part of decompress(pieces(bomb, 512))) {
          expect(part.byteLength).toBeLessThanOrEqual(1 << 20);
          size += part.byteLength;
          if (size >= 4 << 20) break;
        }
        expect(size).toBeLessThan(6 << 20);
      },
    );
  }
  test.skipIf(xz === undefined)("xz with each checksum, filter and padding that programs write", async () => {
    for (const check of ["none", "crc32", "crc64", "sha256"]) {
      const packed = packedBy("xz", text, `--check=${check}`) as Buffer;
      expect((await unpacked(packed)).equals(text)).toBe(true);
    }
    const filtered = packedBy("xz", text, "--x86", "--delta=dist=4", "--lzma2=dict=1MiB") as Buffer;
    expect((await unpacked(filtered)).equals(text)).toBe(true);
    const padded = Buffer.concat([filtered, Buffer.alloc(8), filtered]);
    expect((await unpacked(padded)).byteLength).toBe(2 * text.byteLength);
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
