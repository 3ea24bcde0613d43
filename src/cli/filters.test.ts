import { expect, test } from "bun:test";
import { filtersParameter } from "./filters.ts";

test("filters as the API takes them", () => {
  expect(filtersParameter([])).toBeUndefined();
  expect(filtersParameter([""])).toBeUndefined();
  expect(filtersParameter(["Status=exited", "status=running", "label = a=b "])).toBe(
    '{"status":{"exited":true,"running":true},"label":{"a=b":true}}',
  );
  expect(filtersParameter(["__proto__=x"])).toBe('{"__proto__":{"x":true}}');
  expect(filtersParameter([], { reference: ["a"] })).toBe('{"reference":{"a":true}}');
  expect(() => filtersParameter(["foo"])).toThrow(
    'invalid argument "foo" for "-f, --filter" flag: bad format of filter (expected name=value)',
  );
});
