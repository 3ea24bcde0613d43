import { expect, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openConfigFile, saveConfigFile } from "./config-file.ts";

function directory() {
  const path = mkdtempSync(join(tmpdir(), "berth-config-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

test("a file that is not there is made, with its directory, for its owner alone", () => {
  using home = directory();
  const file = openConfigFile(join(home.path, "a", "b"));
  file.data.auths = {};
  saveConfigFile(file);
  expect(readFileSync(file.path, "utf8")).toBe('{\n\t"auths": {}\n}');
  expect(statSync(file.path).mode & 0o777).toBe(0o600);
  expect(readdirSync(join(home.path, "a", "b"))).toEqual(["config.json"]);
});

test("what nobody here knows stays, in its order and indentation", () => {
  using home = directory();
  const text = '{\n   "z": [\n      1\n   ],\n   "HttpHeaders": {\n      "a": "b"\n   }\n}';
  writeFileSync(join(home.path, "config.json"), text);
  chmodSync(join(home.path, "config.json"), 0o644);
  const file = openConfigFile(home.path);
  saveConfigFile(file);
  expect(readFileSync(file.path, "utf8")).toBe(text);
  expect(statSync(file.path).mode & 0o777).toBe(0o600);
});

test("a link stays one", () => {
  using home = directory();
  mkdirSync(join(home.path, "real"));
  writeFileSync(join(home.path, "real", "c.json"), "{}");
  symlinkSync("real/c.json", join(home.path, "config.json"));
  const file = openConfigFile(home.path);
  file.data.x = 1;
  saveConfigFile(file);
  expect(readlinkSync(file.path)).toBe("real/c.json");
  expect(readFileSync(join(home.path, "real", "c.json"), "utf8")).toBe('{\n\t"x": 1\n}');
});

test.each(["{", "[]", "5", "null"])("a file with %s in it is not touched", (text) => {
  using home = directory();
  writeFileSync(join(home.path, "config.json"), text);
  expect(() => openConfigFile(home.path)).toThrow(/cannot read .*config\.json/);
  expect(readFileSync(join(home.path, "config.json"), "utf8")).toBe(text);
});
