import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { findProgram } from "./find-program.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "berth-find-"));
  writeFileSync(join(directory, "engine-tool"), "#!/bin/sh\n", { mode: 0o755 });
  writeFileSync(join(directory, "not-executable"), "", { mode: 0o644 });
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

test("on PATH, or by an absolute path, and executable", () => {
  expect(findProgram("engine-tool", directory)).toBe(join(directory, "engine-tool"));
  expect(findProgram("engine-tool", "/nowhere")).toBeUndefined();
  expect(findProgram(join(directory, "engine-tool"), "")).toBe(join(directory, "engine-tool"));
  expect(findProgram("not-executable", directory)).toBeUndefined();
});

test("in the usual places when PATH does not have it", () => {
  expect(findProgram("sh", "")).toMatch(/\/sh$/);
});

test("a relative path names no program", () => {
  expect(findProgram("../bin/sh")).toBeUndefined();
  expect(findProgram("", directory)).toBeUndefined();
});
