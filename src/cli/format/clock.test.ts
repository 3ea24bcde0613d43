import { afterEach, expect, test } from "bun:test";
import { ago, goTime, localRfc3339 } from "./clock.ts";

const zone = process.env.TZ;
afterEach(() => {
  if (zone === undefined) delete process.env.TZ;
  else process.env.TZ = zone;
});

const MOMENT = 1795235536; // 2026-11-21 04:32:16 UTC

for (const [name, time, rfc] of [
  ["UTC", "2026-11-21 04:32:16 +0000 UTC", "2026-11-21T04:32:16Z"],
  ["Europe/Paris", "2026-11-21 05:32:16 +0100 CET", "2026-11-21T05:32:16+01:00"],
  ["Asia/Kolkata", "2026-11-21 10:02:16 +0530 IST", "2026-11-21T10:02:16+05:30"],
  ["America/Sao_Paulo", "2026-11-21 01:32:16 -0300 -03", "2026-11-21T01:32:16-03:00"],
  ["America/New_York", "2026-11-20 23:32:16 -0500 EST", "2026-11-20T23:32:16-05:00"],
  ["Europe/London", "2026-11-21 04:32:16 +0000 GMT", "2026-11-21T04:32:16Z"],
] as const) {
  test(`local time in ${name}`, () => {
    process.env.TZ = name;
    expect(goTime(MOMENT)).toBe(time);
    expect(localRfc3339(MOMENT)).toBe(rfc);
  });
}

test("fractions", () => {
  process.env.TZ = "UTC";
  expect(goTime(MOMENT, "25")).toBe("2026-11-21 04:32:16.25 +0000 UTC");
  expect(localRfc3339(MOMENT, "000000001")).toBe("2026-11-21T04:32:16.000000001Z");
});

test("ago", () => {
  expect(ago(MOMENT, MOMENT * 1000 + 5 * 60_000)).toBe("5 minutes ago");
  expect(ago(MOMENT, MOMENT * 1000)).toBe("Less than a second ago");
});
