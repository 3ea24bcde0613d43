import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ConfigOptions, DEFAULT_CONFIG, mergeConfig, readConfigFile } from "./config.ts";

const directory = mkdtempSync(join(tmpdir(), "berth-config-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

describe("configuration files", () => {
  test("TOML and JSON say the same", () => {
    const toml = readConfigFile(
      file("a.toml", 'data-root = "/srv/berth"\nhost = ["unix:///a", "unix:///b"]\n'),
    );
    const json = readConfigFile(
      file("a.json", '{"data-root": "/srv/berth", "host": ["unix:///a", "unix:///b"]}'),
    );
    expect(toml).toEqual(json as typeof toml);
    expect(mergeConfig(toml, {})).toMatchObject({
      dataRoot: "/srv/berth",
      hosts: ["unix:///a", "unix:///b"],
    });
  });
  test.each([
    ["a.toml", 'dataroot = "/x"', 'unknown option "dataroot"; did you mean data-root?'],
    ["a.toml", "data-root = 7", "data-root must be a string"],
    ["a.json", '{"host": [1]}', "host must be a string"],
    ["a.json", "[]", "expected options at the top"],
    ["a.json", "{", "a.json: "],
  ])("%s with %j is refused, naming file and option", (name, text, message) => {
    const path = file(name, text);
    expect(() => readConfigFile(path)).toThrow(message);
    expect(() => readConfigFile(path)).toThrow(path);
  });
  test("one that is not there is named", () => {
    expect(() => readConfigFile("/nowhere/berth.toml")).toThrow(
      "cannot read the configuration file /nowhere/berth.toml: ENOENT",
    );
  });
});

describe("merging", () => {
  test("the command line goes over the file, the file over the defaults", () => {
    expect(mergeConfig({}, {})).toEqual(DEFAULT_CONFIG);
    expect(mergeConfig({ bridge: "a", "log-level": "debug" }, { bridge: "b" })).toMatchObject({
      bridge: "b",
      logLevel: "debug",
    });
  });
  test.each([
    [{ "data-root": "relative" }, "data-root must be an absolute path"],
    [{ "exec-root": "/a:b" }, "exec-root must not contain"],
    [{ bridge: "a-name-too-long-for-a-link" }, "bridge must be a link name"],
    [{ "log-level": "loud" }, 'log-level must be one of debug, info, warn, error, not "loud"'],
    [{ "favor-dynmods": "yes" }, 'favor-dynmods must be on or off, not "yes"'],
    [{ "log-format": "xml" }, "log-format must be one of"],
  ] satisfies [ConfigOptions, string][])("%j is refused", (options, message) => {
    expect(() => mergeConfig({}, options)).toThrow(message);
  });
});
