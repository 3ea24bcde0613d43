import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { type Digest, digestOf } from "../core/index.ts";
import { openContent } from "./store.ts";
import type { ContentStore } from "./types.ts";

let root: string;
let content: ContentStore;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "berth-content-"));
  content = openContent(root);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const ingesting = () => readdirSync(join(root, "ingest"));
async function* pieces(...parts: (string | Uint8Array)[]) {
  for (const part of parts) yield Buffer.from(part);
}
async function read(digest: Digest): Promise<string> {
  const parts: Uint8Array[] = [];
  for await (const part of content.stream(digest)) parts.push(part);
  return Buffer.concat(parts).toString();
}

describe("content", () => {
  test("whatever is stored is read again, under its digest", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 3000 }), { maxLength: 20 }), async (parts) => {
        const whole = Buffer.concat(parts);
        const { digest, size } = await content.ingest(pieces(...parts));
        expect([digest, size]).toEqual([digestOf(whole), whole.byteLength]);
        expect(content.size(digest)).toBe(size);
        expect(Buffer.from(await content.read(digest)).equals(whole)).toBe(true);
        expect(readFileSync(content.path(digest)).equals(whole)).toBe(true);
      }),
      { numRuns: 30 },
    );
    expect(ingesting()).toEqual([]);
  });
  test("the same content twice keeps one file", async () => {
    const first = await content.ingest(Buffer.from("x"));
    const again = await content.ingest(pieces("x"), { digest: first.digest, size: 1 });
    expect([first.isNew, again.isNew]).toEqual([true, false]);
    expect(content.list()).toEqual([first.digest]);
    expect(await read(first.digest)).toBe("x");
  });
  test.each([
    [{ size: 3 }, "is longer than the expected 3 bytes"],
    [{ size: 9 }, "is 4 bytes long, expected 9"],
    [{ digest: digestOf("other") }, "expected sha256:"],
  ])("what is not %j is refused and leaves nothing", async (expected, message) => {
    await expect(content.ingest(pieces("a", "b", "cd"), expected)).rejects.toThrow(message);
    expect(content.list()).toEqual([]);
    expect(ingesting()).toEqual([]);
  });
  test("a source that fails leaves nothing, and its error comes through", async () => {
    async function* failing() {
      yield Buffer.from("half");
      throw new Error("client went away");
    }
    await expect(content.ingest(failing())).rejects.toThrow("client went away");
    expect(ingesting()).toEqual([]);
  });
  test("what a killed process left is removed at the next start; whole blobs stay", async () => {
    const { digest } = await content.ingest(Buffer.from("whole"));
    writeFileSync(content.temporary(), "half");
    expect(ingesting()).toHaveLength(1);
    content = openContent(root);
    expect(ingesting()).toEqual([]);
    expect(content.list()).toEqual([digest]);
  });
  test("a file made elsewhere is adopted or discarded", async () => {
    for (let round = 0; round < 2; round++) {
      const temporary = content.temporary();
      writeFileSync(temporary, "made");
      await content.adopt(temporary, digestOf("made"));
      expect(existsSync(temporary)).toBe(false);
      expect(await read(digestOf("made"))).toBe("made");
    }
    const temporary = content.temporary();
    await content.discard(temporary);
    await expect(content.adopt(temporary, digestOf("never"))).rejects.toThrow();
    expect(content.has(digestOf("never"))).toBe(false);
  });
  test("deleted content is out of sight at once", async () => {
    const { digest } = await content.ingest(Buffer.from("x"));
    const deleting = content.delete(digest);
    expect(content.has(digest)).toBe(false);
    await deleting;
    await content.delete(digest);
    expect(ingesting()).toEqual([]);
    expect(() => content.path(digest)).toThrow(`content ${digest} is not stored`);
    expect(() => content.size(digest)).toThrow("is not stored");
    await expect(content.read(digest)).rejects.toThrow("is not stored");
    await expect(read(digest)).rejects.toThrow("is not stored");
  });
  test("a download that broke off goes on where it was, in a later process too", async () => {
    content = openContent(root, { leastKept: 6 });
    const digest = digestOf("whole thing");
    const first = await content.partial(digest);
    await expect(content.partial(digest)).rejects.toThrow("is being written already");
    await first.write(Buffer.from("whole "));
    expect(content.dropPartials(0)).toBe(0);
    await first.close();
    content = openContent(root);
    const second = await content.partial(digest);
    expect(second.size).toBe(6);
    const kept: Uint8Array[] = [];
    for await (const piece of second.kept()) kept.push(piece);
    expect(Buffer.concat(kept).toString()).toBe("whole ");
    await second.write(Buffer.from("thing"));
    expect(content.has(digest)).toBe(false);
    expect(await second.commit()).toBe(true);
    await second.close();
    expect(await read(digest)).toBe("whole thing");
    const parts: Uint8Array[] = [];
    for await (const part of content.stream(digest, 6)) parts.push(part);
    expect(Buffer.concat(parts).toString()).toBe("thing");
    expect(readdirSync(join(root, "partial"))).toEqual([]);
  });
  test("a wrong download goes at once, so does a short one, a forgotten one when it is asked for", async () => {
    const short = await content.partial(digestOf("s"));
    await short.write(Buffer.from("short"));
    await short.close();
    expect(readdirSync(join(root, "partial"))).toEqual([]);
    content = openContent(root, { leastKept: 1 });
    const wrong = await content.partial(digestOf("x"));
    await wrong.write(Buffer.from("y"));
    await wrong.discard();
    expect(readdirSync(join(root, "partial"))).toEqual([]);
    const left = await content.partial(digestOf("z"));
    await left.write(Buffer.from("four"));
    await left.close();
    expect(content.dropPartials(3_600_000)).toBe(0);
    expect(content.dropPartials(0)).toBe(4);
    const again = await content.partial(digestOf("z"));
    expect(again.size).toBe(0);
    await again.close();
  });
});
