import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  formatDuration,
  humanDuration,
  nowNanos,
  parseDuration,
  parseMoment,
  parseRfc3339,
  rfc3339Nano,
} from "./time.ts";

test("times are written and read to the nanosecond", () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 4_000_000_000_000_000_000n }), (nanos) => {
      expect(parseRfc3339(rfc3339Nano(nanos))).toBe(nanos);
    }),
  );
});

test("zones and missing fractions are understood", () => {
  expect(parseRfc3339("1970-01-01T01:00:00+01:00")).toBe(0n);
  expect(parseRfc3339("1970-01-01T00:00:00.5Z")).toBe(500_000_000n);
  expect(parseRfc3339("yesterday")).toBeUndefined();
});

test("the clock never stands still", () => {
  const times = Array.from({ length: 1000 }, () => nowNanos());
  expect(new Set(times).size).toBe(1000);
});

describe("durations", () => {
  test.each([
    ["0", 0],
    ["1h30m", 5400e9],
    ["1.5s", 1.5e9],
    ["-2ms", -2e6],
    ["100us", 1e5],
    ["3ns", 3],
  ])("%s", (text, nanos) => expect(parseDuration(text)).toBe(nanos));
  test.each(["", "1", "1d", "s", "1s2", "h1"])("refuses %j", (text) =>
    expect(parseDuration(text)).toBeUndefined(),
  );
  test.each([
    [0, "0s"],
    [1.5e9, "1.5s"],
    [90e9, "1m30s"],
    [3600e9, "1h0m0s"],
    [5e8, "500ms"],
  ])("%d is written %s", (nanos, text) => expect(formatDuration(nanos)).toBe(text));
});

test.each([
  [999, "Less than a second"],
  [1000, "1 second"],
  [59_000, "59 seconds"],
  [60_000, "About a minute"],
  [119_000, "About a minute"],
  [120_000, "2 minutes"],
  [3_600_000, "About an hour"],
  [7_200_000, "2 hours"],
  [47 * 3_600_000, "47 hours"],
  [48 * 3_600_000, "2 days"],
  [14 * 86_400_000, "2 weeks"],
  [60 * 86_400_000, "2 months"],
  [730 * 86_400_000, "2 years"],
])("%d ms is %s", (milliseconds, words) => expect(humanDuration(milliseconds)).toBe(words));

describe("moments", () => {
  const now = 1_000_000_000_000_000_000n;
  test.each([
    ["12", 12_000_000_000n],
    ["12.5", 12_500_000_000n],
    ["10m", now - 600_000_000_000n],
    ["1970-01-02", 86_400_000_000_000n],
    ["1970-01-01T00:01", 60_000_000_000n],
    ["1970-01-01T00:00:01.25Z", 1_250_000_000n],
  ])("%s", (text, nanos) => expect(parseMoment(text, now)).toBe(nanos));
  test("refuses what is none", () => expect(() => parseMoment("soon")).toThrow("soon"));
});
