import { expect, test } from "bun:test";
import { median, resultOf, table } from "./report.ts";

test("median of an odd and an even number of values", () => {
  expect(median([3, 1, 2])).toBe(2);
  expect(median([4, 1, 2, 3])).toBe(2.5);
});

test("ratios are Berth's figure by theirs; an absent peer has none", () => {
  const result = resultOf({ id: "run-bridge", unit: "ms" }, { berth: 40.04, docker: 243, podman: null });
  expect(result).toEqual({
    id: "run-bridge",
    unit: "ms",
    berth: 40,
    docker: 243,
    podman: null,
    ratioDocker: 0.165,
    ratioPodman: null,
  });
  expect(table([result]).split("\n")[1]).toBe(
    "run-bridge  ms     40.0   243.0       -          0.17             -",
  );
});
