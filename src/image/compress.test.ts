import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  existsSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import fc from "fast-check";
import { digestOf } from "../core/index.ts";
import { gzipFile } from "./compress.ts";
import { decompress } from "./decompress.ts";
import { CHUNK_SIZE } from "./gzip-member.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "berth-compress-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

let count = 0;
const fresh = () => join(folder, `file-${count++}`);
const { signal: never } = new AbortController();

async function compressed(plain: Uint8Array) {
  const [source, target] = [fresh(), fresh()];
  writeFileSync(source, plain);
  const result = await gzipFile(source, target, { signal: never });
  const packed = readFileSync(target);
  expect(result).toEqual({ digest: digestOf(packed), size: packed.byteLength });
  return { packed, target };
}

/** Words, then noise, then zeros: something for every kind of block. */
const mixed = (size: number) =>
  Buffer.concat([
    Buffer.alloc(Math.ceil(size / 2), "layers of words "),
    randomBytes(Math.ceil(size / 4)),
    Buffer.alloc(Math.ceil(size / 4)),
  ]).subarray(0, size);

const threads = () => readdirSync("/proc/self/task").length;

describe("gzipFile", () => {
  test.each([0, 1, 1 << 17, (1 << 17) + 1, CHUNK_SIZE - 1, CHUNK_SIZE, CHUNK_SIZE + 1, 9 * CHUNK_SIZE + 77])(
    "%d bytes come back as they were",
    async (size) => {
      const plain = mixed(size);
      const { packed } = await compressed(plain);
      expect(gunzipSync(packed).equals(plain)).toBe(true);
      const parts: Uint8Array[] = [];
      for await (const part of decompress(new Blob([packed]).stream())) parts.push(part);
      expect(Buffer.concat(parts).equals(plain)).toBe(true);
    },
  );
  test("the order of the pieces is kept whatever they hold", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }), async (noisy) => {
        const pieces = noisy.map((is, i) => (is ? randomBytes(CHUNK_SIZE) : Buffer.alloc(CHUNK_SIZE, i)));
        const plain = Buffer.concat(pieces);
        expect(gunzipSync((await compressed(plain)).packed).equals(plain)).toBe(true);
      }),
      { numRuns: 10 },
    );
  });
  test("the same input is the same output, also with others at work, and carries no time", async () => {
    const plain = mixed(5 * CHUNK_SIZE);
    const [first, , third] = await Promise.all([plain, mixed(3 * CHUNK_SIZE), plain].map(compressed));
    const head = (first?.packed ?? Buffer.alloc(0)).subarray(0, 10);
    expect(third?.packed.equals(first?.packed as Buffer)).toBe(true);
    // RFC 1952, section 2.3: flags, modification time; operating system 255 is "unknown".
    expect([...head.subarray(3, 8), head[9]]).toEqual([0, 0, 0, 0, 0, 255]);
  });
  test("gzip reads it", async () => {
    const plain = mixed(3 * CHUNK_SIZE + 5);
    const { target } = await compressed(plain);
    const { status, stdout } = spawnSync("gzip", ["-dc"], {
      stdio: [openSync(target, "r"), "pipe", "inherit"],
      maxBuffer: 64 << 20,
    });
    expect([status, Buffer.compare(stdout, plain)]).toEqual([0, 0]);
  });
  test("progress grows to the size of the source", async () => {
    const source = fresh();
    writeFileSync(source, mixed(3 * CHUNK_SIZE + 9));
    const heard: number[] = [];
    await gzipFile(source, fresh(), { signal: never, onProgress: (bytes) => heard.push(bytes) });
    expect(heard).toEqual([1, 2, 3].map((n) => n * CHUNK_SIZE).concat(3 * CHUNK_SIZE + 9));
  });
  test("an abort in the middle ends it at once and leaves no file", async () => {
    const [source, target] = [fresh(), fresh()];
    writeFileSync(source, mixed(40 * CHUNK_SIZE));
    const controller = new AbortController();
    const compressing = gzipFile(source, target, {
      signal: controller.signal,
      onProgress: (bytes) => bytes > 3 * CHUNK_SIZE && controller.abort(new Error("the client went away")),
    });
    await expect(compressing).rejects.toThrow("the client went away");
    expect(existsSync(target)).toBe(false);
    await expect(gzipFile(source, target, { signal: controller.signal })).rejects.toThrow("went away");
    expect(existsSync(target)).toBe(false);
  });
  test("a source that is missing or becomes shorter fails and leaves no file", async () => {
    const target = fresh();
    await expect(gzipFile(fresh(), target, { signal: never })).rejects.toThrow("ENOENT");
    const source = fresh();
    writeFileSync(source, mixed(30 * CHUNK_SIZE));
    const shrinking = gzipFile(source, target, {
      signal: never,
      onProgress: () => truncateSync(source, CHUNK_SIZE),
    });
    await expect(shrinking).rejects.toThrow("became shorter while it was read");
    expect(existsSync(target)).toBe(false);
  });
  test("a target that exists is left alone", async () => {
    const [source, target] = [fresh(), fresh()];
    writeFileSync(source, "new");
    writeFileSync(target, "old");
    await expect(gzipFile(source, target, { signal: never })).rejects.toThrow("EEXIST");
    expect(readFileSync(target, "utf8")).toBe("old");
  });
  test("the threads end with the last who uses them", async () => {
    await compressed(mixed(4 * CHUNK_SIZE));
    const settled = async () => {
      for (let last = -1; last !== threads(); await Bun.sleep(100)) last = threads();
      return threads();
    };
    const before = await settled();
    for (let round = 0; round < 10; round++) await compressed(mixed(4 * CHUNK_SIZE));
    expect(await settled()).toBeLessThanOrEqual(before);
  });
});
