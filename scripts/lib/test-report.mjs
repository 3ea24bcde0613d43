// Counts of a test run, from the JUnit report that `bun test` writes.
import { existsSync, readFileSync } from "node:fs";

/**
 * Sums up one run. A run that ended badly without a failed test (a crash, a file that does not load, the watchdog)
 * counts as one failure, so that it can never pass for a good one.
 * @returns {{passed: number, failed: number, skipped: number}}
 */
export function readReport(path, run) {
  const root = existsSync(path) ? /<testsuites\b[^>]*>/.exec(readFileSync(path, "utf8"))?.[0] : undefined;
  const number = (name) => Number(new RegExp(`\\b${name}="(\\d+)"`).exec(root ?? "")?.[1] ?? 0);
  const failed = number("failures") + number("errors");
  const skipped = number("skipped");
  const passed = number("tests") - failed - skipped;
  return { passed, failed: run.code !== 0 && failed === 0 ? 1 : failed, skipped };
}

export function total(counts) {
  const sum = (name) => counts.reduce((result, count) => result + count[name], 0);
  return { passed: sum("passed"), failed: sum("failed"), skipped: sum("skipped") };
}

/** The line that closes a run: `N passed, M failed`, and `, K skipped` where something was. */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
