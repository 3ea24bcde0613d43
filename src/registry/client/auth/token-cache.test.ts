import { expect, test } from "bun:test";
import { TokenCache } from "./token-cache.ts";

const token = (value: string, expires = 100) => ({ value, expires, refresh: "" });
const signal = new AbortController().signal;

test("one fetch for those who ask at the same time; another one when it has expired", async () => {
  let now = 0;
  let fetched = 0;
  const cache = new TokenCache(() => now);
  const fetch = async () => token(`t${++fetched}`, now + 100);
  const ask = () => cache.get("k", fetch, signal);
  expect(await Promise.all([ask(), ask(), ask()])).toEqual(["t1", "t1", "t1"]);
  now = 100;
  expect(await Promise.all([ask(), ask(), ask()])).toEqual(["t2", "t2", "t2"]);
  cache.drop("k");
  expect(await ask()).toBe("t3");
  expect(await cache.get("other", fetch, signal)).toBe("t4");
});

test("the failure of another's fetch is not ours, nor its end", async () => {
  const cache = new TokenCache(() => 0);
  const gate = Promise.withResolvers<never>();
  const theirs = cache.get("k", () => gate.promise, signal);
  const ours = cache.get("k", async () => token("ours"), signal);
  const controller = new AbortController();
  const aborted = cache.get("k", async () => token("late"), controller.signal);
  controller.abort(new Error("gone"));
  await expect(aborted).rejects.toThrow("gone");
  gate.reject(new Error("theirs"));
  await expect(theirs).rejects.toThrow("theirs");
  expect(await ours).toBe("ours");
});

test("it does not grow without end", async () => {
  const cache = new TokenCache(() => 0);
  let fetched = 0;
  const fetch = async () => token(`t${++fetched}`);
  for (let i = 0; i < 300; i++) await cache.get(String(i), fetch, signal);
  await cache.get("299", fetch, signal);
  expect(fetched).toBe(300);
  await cache.get("0", fetch, signal);
  expect(fetched).toBe(301);
});
