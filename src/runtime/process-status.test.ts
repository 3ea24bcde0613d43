import { expect, test } from "bun:test";
import { isRunning, monitorRuns, processStatus } from "./process-status.ts";

test("of this process", () => {
  expect(isRunning(process.pid)).toBe(true);
  expect(processStatus(process.pid)?.startTime).toBeGreaterThan(0);
  expect(processStatus(process.pid)?.startTime).toBe(processStatus(process.pid)?.startTime);
});

test("of none", () => {
  expect(processStatus(2 ** 22 + 1)).toBeUndefined();
  expect(isRunning(2 ** 22 + 1)).toBe(false);
  expect(monitorRuns(2 ** 22 + 1, "x")).toBe(false);
});

test("a monitor is known by its container's name", () => {
  expect(monitorRuns(process.pid, "no-such-container")).toBe(false);
});
