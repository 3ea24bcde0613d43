import { describe, expect, test } from "bun:test";
import { IgnoreMatcher, parseIgnoreFile } from "./dockerignore.ts";

describe("parseIgnoreFile", () => {
  test("drops comments and blank lines, and cleans the rest", () => {
    const text = "\uFEFF# first\n\n  #not a comment \n/a\n./b/\nc//d/../e\n ! x/ \n!\n";
    expect(parseIgnoreFile(text)).toEqual(["#not a comment", "a", "b", "c/e", "!x", "!"]);
  });

  test("Windows line ends", () => {
    expect(parseIgnoreFile("a\r\n!b\r\n")).toEqual(["a", "!b"]);
  });
});

describe("IgnoreMatcher", () => {
  const excluded = (patterns: string, ...paths: string[]) => {
    const matcher = new IgnoreMatcher(parseIgnoreFile(patterns));
    return paths.filter((path) => matcher.excludes(path));
  };

  test("patterns are anchored at the root of the context", () => {
    const paths = ["node_modules", "node_modules/x", "src/node_modules"];
    expect(excluded("node_modules", ...paths)).toEqual(["node_modules", "node_modules/x"]);
    expect(excluded("**/node_modules", ...paths)).toEqual(paths);
  });

  test("a directory that matches takes everything below it along", () => {
    expect(excluded("temp?", "temp1/a/b", "temp1", "temp", "xtemp1")).toEqual(["temp1/a/b", "temp1"]);
  });

  test("the last pattern that matches wins", () => {
    expect(excluded("*.md\n!README*.md\nREADME-secret.md", "a.md", "README.md", "README-secret.md")).toEqual([
      "a.md",
      "README-secret.md",
    ]);
    expect(excluded("!a\n*", "a")).toEqual(["a"]);
  });

  test("files below an excluded directory can be taken back", () => {
    expect(excluded("dir\n!dir/sub/keep", "dir", "dir/x", "dir/sub/keep", "dir/sub/y")).toEqual([
      "dir",
      "dir/x",
      "dir/sub/y",
    ]);
    expect(excluded("*\n!src", "a", "src", "src/b")).toEqual(["a"]);
  });

  test("knows below which directories something may be taken back", () => {
    const matcher = new IgnoreMatcher(["*", "!a/b/c", "!x*/y", "!**/keep", "!d/[/]z"]);
    expect(["a", "a/b", "x1", "q", "q/r"].filter((path) => matcher.couldReinclude(path))).toEqual([
      "a",
      "a/b",
      "x1",
      "q",
      "q/r",
    ]);
    const few = new IgnoreMatcher(["*", "!a/b/c", "!x*/y"]);
    expect(["a", "a/b", "a/c", "x1", "q", "x1/z"].filter((path) => few.couldReinclude(path))).toEqual([
      "a",
      "a/b",
      "x1",
    ]);
  });

  test.each(["!", "[", "a\\", "[]a]"])("%s is refused, and named", (pattern) => {
    expect(() => new IgnoreMatcher([pattern])).toThrow(JSON.stringify(pattern).slice(1, -1));
  });
});
