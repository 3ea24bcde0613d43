import { expect, test } from "bun:test";
import { type Digest, digestOf } from "../../core/index.ts";
import type { Layer } from "../ops/index.ts";
import { planOf } from "../testing/plan.ts";
import { type Dated, type DateStore, HistoryDates } from "./dates.ts";
import { imageConfig } from "./image-config.ts";

class Store implements DateStore {
  readonly dates = new Map<Digest, string>();
  load(key: Digest): string | undefined {
    return this.dates.get(key);
  }
  save(key: Digest, created: string): void {
    this.dates.set(key, created);
  }
}

const layer = (name: string, created?: string): Layer => ({
  diffId: digestOf(name),
  ...(created !== undefined && { created }),
});

test("layers have their own date, other steps that of their first build over the same image", () => {
  const store = new Store();
  const { target } = planOf("FROM base\nENV A=1\nRUN x\nCMD y");
  const layers = [layer("base"), layer("x", "2021-01-01T00:00:00Z")];
  const dates = new HistoryDates(store).of(target.history, layers);
  expect(dates.map(({ known }) => known)).toEqual([true, false, true, false]);
  expect([dates[0]?.created, dates[2]?.created]).toEqual(["2020-01-01T00:00:00Z", "2021-01-01T00:00:00Z"]);
  const again = new HistoryDates(store).of(planOf("FROM base\nENV A=1\nRUN x\nCMD y").target.history, layers);
  expect(again.map(({ created }) => created)).toEqual(dates.map(({ created }) => created));
  expect(again.every(({ known }) => known)).toBe(true);
  const other = new HistoryDates(store).of(target.history, [layer("other"), layers[1] as Layer]);
  expect(other.map(({ known }) => known)).toEqual([true, false, true, false]);
});

test("a stage built on a stage shares the dates of what they have in common", () => {
  const store: DateStore = { load: () => undefined, save: () => {} };
  const { steps } = planOf("FROM base AS a\nENV A=1\nFROM a\nCMD y");
  const dates = new HistoryDates(store);
  const of = (number: number) => dates.of(steps[number - 1]?.image?.history ?? [], [layer("base")]);
  expect(of(4)[1]).toBe(of(2)[1] as Dated);
});

test("the configuration has Docker's members, sorted where Docker sorts", () => {
  const { target } = planOf("FROM scratch\nLABEL b=1\nLABEL a=2\nEXPOSE 90 80\nRUN x\nUSER u\nUSER 0");
  const made = [layer("x", "2021-01-01T00:00:00Z")];
  const dates = new HistoryDates(new Store()).of(target.history, made);
  const config = imageConfig(target, made, dates);
  expect(JSON.stringify(config.config)).toBe(
    '{"User":"0","ExposedPorts":{"80/tcp":{},"90/tcp":{}},"Env":["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],"WorkingDir":"/","Labels":{"a":"2","b":"1"}}',
  );
  expect(config.rootfs.diff_ids).toEqual([digestOf("x")]);
  expect(config.history?.map((entry) => entry.empty_layer ?? false)).toEqual([
    true,
    true,
    true,
    false,
    true,
    true,
  ]);
  expect(config.created).toBe(dates.at(-1)?.created as string);
});
