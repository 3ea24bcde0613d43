import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { readTar, readTarFile, type TarEntry } from "./reader.ts";
import { collect, inPieces, tarOf } from "./test-support.ts";

const directory = mkdtempSync(join(tmpdir(), "berth-tar-file-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const path = join(directory, "tar");

/** Everything that is read, the content of every other entry too, and how it ends. */
async function told(entries: AsyncIterable<TarEntry>): Promise<unknown[]> {
  const found: unknown[] = [];
  let index = 0;
  try {
    for await (const { body, pieces: _, ...rest } of entries) {
      found.push(rest);
      if (index++ % 2 === 0) found.push((await collect(body())).toString("latin1"));
    }
  } catch (error) {
    found.push(String(error));
  }
  return found;
}

const entry = fc.record({
  name: fc.oneof(
    fc.constantFrom("a", "d/b", "c/"),
    fc.string({ minLength: 1, maxLength: 250 }).map(encodeURI),
  ),
  type: fc.constantFrom("file" as const, "directory" as const),
  mtime: fc.constantFrom(0n, 1_500_000_001n),
  content: fc.uint8Array({ maxLength: 20_000 }),
});

test("a file is read as the same bytes in a stream are, damaged ones too", async () => {
  const change = fc.record({ at: fc.nat(), value: fc.nat({ max: 255 }) });
  await fc.assert(
    fc.asyncProperty(
      fc.array(entry),
      fc.array(change, { maxLength: 2 }),
      fc.nat(),
      async (list, changes, cut) => {
        const tar = await tarOf(
          list.map(({ content, ...rest }) => (rest.type === "file" ? { ...rest, body: content } : rest)),
        );
        for (const { at, value } of changes) tar[at % tar.byteLength] = value;
        const bytes = cut % 3 === 0 ? tar.subarray(0, cut % (tar.byteLength + 1)) : tar;
        writeFileSync(path, bytes);
        expect(await told(readTarFile(path))).toEqual(await told(readTar(inPieces(bytes, 777))));
      },
    ),
    { numRuns: 200 },
  );
});

test("tells where the content of each entry lies", async () => {
  const tar = await tarOf([
    { name: "big", type: "file", body: Buffer.alloc(3 << 20, "b") },
    { name: "after", type: "file", body: Buffer.from("here") },
  ]);
  writeFileSync(path, tar);
  const entries: [string, number][] = [];
  for await (const { name, dataPosition } of readTarFile(path)) entries.push([name, dataPosition]);
  expect(entries).toEqual([
    ["big", 512],
    ["after", 512 + (3 << 20) + 512],
  ]);
});
