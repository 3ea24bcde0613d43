import { expect, test } from "bun:test";
import fc from "fast-check";
import { indentJson } from "./json-indent.ts";

test("any JSON is indented as JSON.stringify does", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const plain = JSON.parse(JSON.stringify(value));
      expect(indentJson(JSON.stringify(plain))).toBe(JSON.stringify(plain, null, 4));
      expect(indentJson(JSON.stringify(plain, null, 3))).toBe(JSON.stringify(plain, null, 4));
    }),
  );
});

test("numbers and escapes stay as they were written", () => {
  expect(indentJson('{"a":1795236204967028826,"b":"\\u003c\\"}","c":1.0}')).toBe(
    '{\n    "a": 1795236204967028826,\n    "b": "\\u003c\\"}",\n    "c": 1.0\n}',
  );
});
