import { expect, test } from "bun:test";
import fc from "fast-check";
import { jsonLines } from "./json-lines.ts";

async function* pieces(bytes: Uint8Array, sizes: readonly number[]) {
  let at = 0;
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[i % sizes.length] as number;
    yield bytes.subarray(at, at + size);
    at += size;
  }
}

test("any objects, cut anywhere, with any line end", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.dictionary(fc.string(), fc.string({ unit: "grapheme" }))),
      fc.constantFrom("\n", "\r\n", "\n\n"),
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 }),
      async (objects, end, sizes) => {
        const text = objects.map((object) => JSON.stringify(object)).join(end);
        const seen: unknown[] = [];
        for await (const object of jsonLines(pieces(new TextEncoder().encode(text), sizes)))
          seen.push(object);
        expect(seen).toEqual(JSON.parse(JSON.stringify(objects)));
      },
    ),
    { numRuns: 60 },
  );
});

test("what is not JSON is an error", async () => {
  const lines = jsonLines(pieces(new TextEncoder().encode('{"a":1}\n<html>\n'), [4]));
  expect((await lines.next()).value).toEqual({ a: 1 });
  await expect(lines.next()).rejects.toThrow('the server\'s reply is not JSON: "<html>"');
});
