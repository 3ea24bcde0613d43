import { expect, test } from "bun:test";
import { openState } from "./index.ts";

test("rows are kept with their layers, replaced, touched and dropped", () => {
  const { buildCache, close } = openState(":memory:");
  buildCache.put(
    [
      { key: "a", record: "1", layers: ["x", "y", "x"] },
      { key: "b", record: "2", layers: [] },
    ],
    100,
  );
  expect(buildCache.get("a")).toEqual({ key: "a", record: "1", layers: ["x", "y", "x"] });
  expect(buildCache.get("c")).toBeUndefined();
  expect([buildCache.holds("x"), buildCache.holds("z")]).toEqual([true, false]);
  buildCache.put([{ key: "a", record: "3", layers: ["z"] }], 200);
  expect(buildCache.get("a")).toEqual({ key: "a", record: "3", layers: ["z"] });
  expect(buildCache.heldLayers()).toEqual(["z"]);
  buildCache.touch(["b", "none"], 300);
  expect(buildCache.uses()).toEqual([
    { key: "a", createdAt: 200, usedAt: 200 },
    { key: "b", createdAt: 100, usedAt: 300 },
  ]);
  buildCache.delete(["a"]);
  expect(buildCache.heldLayers()).toEqual([]);
  expect(buildCache.uses().map(({ key }) => key)).toEqual(["b"]);
  close();
});
