import { expect, test } from "bun:test";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { readTar, type TarInput } from "../image/index.ts";
import { extractLayer } from "./extract.ts";
import { layerTar } from "./layer-tar.ts";
import { isRoot, scratchDirectory, tarBytes } from "./test-support.ts";

async function* once(bytes: Uint8Array) {
  yield bytes;
}
async function bytesOf(pieces: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const piece of pieces) parts.push(piece);
  return Buffer.concat(parts);
}

const name = fc
  .array(fc.integer({ min: 1, max: 255 }), { minLength: 1, maxLength: 12 })
  .map((bytes) => String.fromCharCode(...bytes).replaceAll("/", "_"))
  .filter((text) => text !== "." && text !== ".." && !text.startsWith(".wh."));
const common = {
  mode: fc.integer({ min: 0, max: 0o7777 }),
  uid: fc.integer({ min: 0, max: 70000 }),
  gid: fc.integer({ min: 0, max: 3_000_000_000 }),
  mtime: fc.integer({ min: 0, max: 2 ** 31 }).map((seconds) => BigInt(seconds) * 1_000_000_000n),
};
const leaf: fc.Arbitrary<Omit<TarInput, "name">> = fc.oneof(
  fc.record({ ...common, type: fc.constant("file" as const), body: fc.uint8Array({ maxLength: 3000 }) }),
  fc.record({ ...common, type: fc.constant("directory" as const) }),
  fc.record({ ...common, type: fc.constant("fifo" as const) }),
  fc.record({
    ...common,
    mode: fc.constant(0o777),
    type: fc.constant("symlink" as const),
    linkname: name,
  }),
  fc.record({
    ...common,
    type: fc.constantFrom("char" as const, "block" as const),
    major: fc.integer({ min: 1, max: 4095 }),
    minor: fc.integer({ min: 0, max: 0xfffff }),
  }),
);
/** One directory full of entries, sorted by name. */
const tree = fc
  .uniqueArray(fc.tuple(name, leaf), { selector: ([key]) => key, maxLength: 8 })
  .map((entries) =>
    entries
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, entry]): TarInput => ({ ...entry, name: `d/${key}` })),
  );

test.skipIf(!isRoot)("a tar that is unpacked and packed again is the same tar", async () => {
  using scratch = scratchDirectory();
  let runs = 0;
  await fc.assert(
    fc.asyncProperty(tree, async (entries) => {
      const root = join(scratch.path, String(runs++));
      mkdirSync(root);
      const tar = await tarBytes([{ name: "d", type: "directory", mode: 0o755, mtime: 0n }, ...entries]);
      await extractLayer(root, once(tar));
      const again = await bytesOf(layerTar(root));
      if (again.equals(tar)) return;
      // Say which entry differs.
      const list = async (bytes: Uint8Array) => {
        const found: unknown[] = [];
        for await (const { body, pieces: _, ...rest } of readTar(once(bytes))) {
          found.push({ ...rest, body: await bytesOf(body()) });
        }
        return found;
      };
      expect(await list(again)).toEqual(await list(tar));
      expect(again.equals(tar)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test.skipIf(!isRoot)("the same tree is the same tar, in whichever order it came about", async () => {
  using scratch = scratchDirectory();
  const directory = (name: string): TarInput => ({ name, type: "directory", mode: 0o755, mtime: 0n });
  const entries = (count: number, reverse: boolean): TarInput[] => {
    const numbers = Array.from({ length: count }, (_, at) => (reverse ? count - 1 - at : at));
    const files = numbers.map(
      (at): TarInput => ({
        name: `d/${at}`,
        type: "file",
        mode: 0o644,
        mtime: 5_000_000_000n,
        body: Buffer.from(`${at}`),
        xattrs: new Map([
          ["user.b", Buffer.from("2")],
          ["user.a", Buffer.from("1")],
        ]),
      }),
    );
    return [
      directory("d"),
      ...files,
      { name: "d/.wh.gone", type: "file" },
      { name: "d/.wh..wh..opq", type: "file" },
    ];
  };
  const tars: Buffer[] = [];
  for (const [name, reverse] of [
    ["one", false],
    ["two", true],
  ] as const) {
    const root = join(scratch.path, name);
    mkdirSync(root);
    await extractLayer(root, once(await tarBytes(entries(300, reverse))));
    tars.push(await bytesOf(layerTar(root)));
  }
  expect(tars[0]?.equals(tars[1] as Buffer)).toBe(true);
  expect(tars[0]?.length).toBeGreaterThan(300 * 1024);
});
