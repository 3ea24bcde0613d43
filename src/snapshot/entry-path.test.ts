import { describe, expect, test } from "bun:test";
import { componentsOf, meaningOf } from "./entry-path.ts";

describe("names of layer entries", () => {
  test.each([
    ["a/b", "a/b"],
    ["./a//b/.", "a/b"],
    ["/etc/passwd", "etc/passwd"],
    ["a/../b", "b"],
    ["/../../b", "b"],
    [".", ""],
    ["/", ""],
  ])("%j is %j", (name, path) => expect(componentsOf(name).join("/")).toBe(path));
  test.each(["../a", "a/../../b", ".."])("%j leads outside", (name) =>
    expect(() => componentsOf(name)).toThrow("leads outside"),
  );
  test("deletions", () => {
    expect(meaningOf("a/.wh.b")).toEqual({ kind: "whiteout", parent: "a", base: "b" });
    expect(meaningOf(".wh..wh..opq")).toEqual({ kind: "opaque", parent: "" });
    expect(meaningOf("a/.wh..wh.plnk/1.2")).toEqual({ kind: "ignored" });
    expect(meaningOf(".wh..wh.aufs")).toEqual({ kind: "ignored" });
    expect(meaningOf("a/.whatever")).toEqual({ kind: "entry", parent: "a", base: ".whatever" });
  });
  test.each([".wh.", "a/.wh..", "a/.wh...", ".wh.a/b"])("%j is refused", (name) =>
    expect(() => meaningOf(name)).toThrow(/reserved|nothing/),
  );
});
