import { expect, test } from "bun:test";
import { type EngineEvent, nowNanos } from "../core/index.ts";
import { createEventLog } from "./event-log.ts";

const start = (name: string, attributes: Record<string, string> = {}) =>
  ({
    type: "container",
    action: "start",
    id: `id-${name}`,
    attributes: { name, image: "debian:12", ...attributes },
  }) as const;

async function names(events: AsyncIterable<EngineEvent>): Promise<string[]> {
  const out: string[] = [];
  for await (const event of events) out.push(event.attributes.name ?? event.id);
  return out;
}

test("the past is told from `since`, and an `until` that has passed ends it", async () => {
  const log = createEventLog();
  log.publish(start("before"));
  const since = nowNanos();
  log.publish(start("after"));
  const signal = new AbortController().signal;
  expect(await names(log.subscribe({ since, until: nowNanos(), signal }))).toEqual(["after"]);
});

test("without `since` only what comes is told; abort ends it", async () => {
  const log = createEventLog();
  log.publish(start("old"));
  const controller = new AbortController();
  const told = names(log.subscribe({ signal: controller.signal }));
  await Bun.sleep(1);
  log.publish(start("new"));
  await Bun.sleep(1);
  controller.abort();
  expect(await told).toEqual(["new"]);
});

test("a coming `until` ends it in time", async () => {
  const log = createEventLog();
  const told = names(
    log.subscribe({ until: nowNanos() + 20_000_000n, signal: new AbortController().signal }),
  );
  await Bun.sleep(1);
  log.publish(start("soon"));
  expect(await told).toEqual(["soon"]);
});

test("only so many are remembered", async () => {
  const log = createEventLog();
  for (let i = 0; i < 300; i++) log.publish(start(`c${i}`));
  const told = await names(
    log.subscribe({ since: 0n, until: nowNanos(), signal: new AbortController().signal }),
  );
  expect([told.length, told[0], told.at(-1)]).toEqual([256, "c44", "c299"]);
});

test.each([
  [{ type: ["container"] }, ["a", "b"]],
  [{ container: ["a"] }, ["a"]],
  [{ container: ["id-b"] }, ["b"]],
  [{ image: ["debian"] }, ["a", "b"]],
  [{ event: ["exec_create"] }, ["b"]],
  [{ label: ["team=x"] }, ["a"]],
  [{ label: ["team"], event: ["die"] }, []],
  [{ label: ["team", "team=x"] }, ["a"]],
  [{ label: ["team", "nobody"] }, []],
  [{ label: ["constructor"] }, []],
  [{ type: ["image", "network"] }, []],
])("filter %j", async (filters, expected) => {
  const log = createEventLog();
  log.publish(start("a", { team: "x" }));
  log.publish({ ...start("b"), action: "exec_create: sh" });
  const events = log.subscribe({
    since: 0n,
    until: nowNanos(),
    filters: new Map(Object.entries(filters)),
    signal: new AbortController().signal,
  });
  expect(await names(events)).toEqual(expected);
});

test("an unknown filter is refused", async () => {
  const log = createEventLog();
  const events = log.subscribe({
    filters: new Map([["bogus", ["x"]]]),
    signal: new AbortController().signal,
  });
  await expect(names(events)).rejects.toThrow("invalid filter 'bogus'");
});
