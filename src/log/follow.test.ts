import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { appendFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { nowNanos } from "../core/index.ts";
import { readLog } from "./read.ts";
import { fixedStamp } from "./time-bound.ts";
import type { LogReadOptions } from "./types.ts";

let directory: string;
let path: string;
let turn = 0;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "berth-follow-"));
});
beforeEach(() => {
  path = join(directory, `log${turn++}`);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const write = (text: string) => appendFileSync(path, `${fixedStamp(nowNanos())}+00:00 stdout F ${text}\n`);

function follow(more: Partial<LogReadOptions> = {}) {
  const { promise: ended, resolve: end } = Promise.withResolvers<void>();
  const controller = new AbortController();
  const got: string[] = [];
  const options = { stdout: true, stderr: true, follow: { ended, signal: controller.signal }, ...more };
  const done = (async () => {
    for await (const { data } of readLog(path, options)) got.push(Buffer.from(data).toString().trimEnd());
  })();
  const seen = async (count: number) => {
    const deadline = performance.now() + 3000;
    while (got.length < count && performance.now() < deadline) await Bun.sleep(2);
    return got;
  };
  return { end, controller, got, done, seen };
}

describe("following a log", () => {
  test("what is written appears soon, and what was written before the end is read", async () => {
    write("one");
    const log = follow();
    expect(await log.seen(1)).toEqual(["one"]);
    const before = performance.now();
    write("two");
    expect(await log.seen(2)).toEqual(["one", "two"]);
    expect(performance.now() - before).toBeLessThan(500);
    write("three");
    log.end();
    await log.done;
    expect(log.got).toEqual(["one", "two", "three"]);
  });

  test("a line is given when its end is written", async () => {
    const log = follow();
    appendFileSync(path, `${fixedStamp(nowNanos())}+00:00 stdout F ha`);
    await Bun.sleep(30);
    expect(log.got).toEqual([]);
    appendFileSync(path, "lf\n");
    expect(await log.seen(1)).toEqual(["half"]);
    log.end();
    await log.done;
  });

  test("a file that is not there yet: all of it is new", async () => {
    const log = follow({ tail: 0 });
    await Bun.sleep(30);
    write("first");
    write("second");
    expect(await log.seen(2)).toEqual(["first", "second"]);
    log.end();
    await log.done;
  });

  test("from the tail on", async () => {
    for (const text of ["a", "b", "c"]) write(text);
    const log = follow({ tail: 1 });
    expect(await log.seen(1)).toEqual(["c"]);
    write("d");
    expect(await log.seen(2)).toEqual(["c", "d"]);
    log.end();
    await log.done;
  });

  test("abort ends it", async () => {
    write("one");
    const log = follow();
    await log.seen(1);
    log.controller.abort();
    await log.done;
    expect(log.got).toEqual(["one"]);
  });

  test("aborted from the start, and ended from the start", async () => {
    write("one");
    const log = follow({ follow: { ended: Promise.resolve() } });
    await log.done;
    expect(log.got).toEqual(["one"]);
    await follow({ follow: { ended: new Promise(() => {}), signal: AbortSignal.abort() } }).done;
  });

  test("until a moment that comes while following", async () => {
    write("one");
    const log = follow({ until: nowNanos() + 150_000_000n });
    await log.seen(1);
    const begun = performance.now();
    await log.done;
    expect(performance.now() - begun).toBeLessThan(900);
  });

  test("a reader that stops half-way leaves nothing open", async () => {
    write("one");
    write("two");
    const options = { stdout: true, stderr: true, follow: { ended: new Promise<void>(() => {}) } };
    for await (const { data } of readLog(path, options)) {
      expect(Buffer.from(data).toString()).toBe("one\n");
      break;
    }
  });
});
