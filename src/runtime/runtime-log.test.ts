import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lastRuntimeError } from "./runtime-log.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "berth-log-"));
});
afterAll(() => rmSync(directory, { recursive: true }));

const entry = (level: string, msg: string) => ({ msg, level, time: "2026-01-01T00:00:00Z" });
const ENTRIES = [entry("error", "first"), entry("error", "the {reason}"), entry("warning", "later")];

test.each([0, 2])("the last error, objects indented by %d", (indent) => {
  const path = join(directory, "log");
  writeFileSync(path, `${ENTRIES.map((one) => JSON.stringify(one, null, indent)).join("\n")}\n`);
  expect(lastRuntimeError(path)).toBe("the {reason}");
  writeFileSync(
    path,
    `${JSON.stringify(ENTRIES[0], null, indent)}\n${JSON.stringify(ENTRIES[1], null, indent).slice(0, -9)}`,
  );
  expect(lastRuntimeError(path)).toBe("first");
  writeFileSync(path, JSON.stringify(ENTRIES[2], null, indent));
  expect(lastRuntimeError(path)).toBeUndefined();
});

test("no log, no error", () => expect(lastRuntimeError(join(directory, "none"))).toBeUndefined());
