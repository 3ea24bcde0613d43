import { expect, test } from "bun:test";
import fc from "fast-check";
import { blobOf, collect } from "../../testing/client-support.ts";
import { SourceCursor } from "./source-cursor.ts";

const bytes = new Uint8Array(1000).map((_, at) => at % 251);

test("any parts in any order are the source's own bytes", async () => {
  const part = fc.tuple(fc.nat({ max: 999 }), fc.nat({ max: 400 }));
  await fc.assert(
    fc.asyncProperty(fc.array(part), fc.integer({ min: 1, max: 300 }), async (parts, piece) => {
      const cursor = new SourceCursor(blobOf(bytes, piece), () => undefined);
      for (const [start, length] of parts) {
        const taken = await collect(cursor.take(start, length));
        expect(Buffer.from(taken).equals(bytes.subarray(start, start + length))).toBe(true);
      }
      await cursor.close();
    }),
  );
});

test("parts one after the other open the source once", async () => {
  const blob = blobOf(bytes, 300);
  const moves: number[] = [];
  const cursor = new SourceCursor(blob, (at) => moves.push(at));
  for (let at = 0; at < 1000; at += 250) expect(await collect(cursor.take(at, 250))).toHaveLength(250);
  expect(blob.reads).toEqual([0]);
  expect(moves).toEqual([250, 300, 500, 600, 750, 900, 1000]);
});

test("one that still waits for the source does not disturb the next", async () => {
  const first = Promise.withResolvers<Uint8Array>();
  let opened = 0;
  const source = {
    ...blobOf(bytes),
    async *read(from: number) {
      if (++opened === 1) yield await first.promise;
      yield bytes.subarray(from);
    },
  };
  const cursor = new SourceCursor(source, () => undefined);
  const waiting = collect(cursor.take(0, 10));
  await Bun.sleep(1);
  const next = collect(cursor.take(500, 20));
  first.resolve(bytes);
  expect(await waiting).toHaveLength(0);
  expect(Buffer.from(await next).equals(bytes.subarray(500, 520))).toBe(true);
});
