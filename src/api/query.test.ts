import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isKind } from "../core/index.ts";
import { Query } from "./query.ts";

describe("Query", () => {
  test("the first value counts, repeated keys keep all", () => {
    const query = new Query("t=a%3A1&t=b+c&x&=y&&u=%C3%A9");
    expect(query.get("t")).toBe("a:1");
    expect(query.all("t")).toEqual(["a:1", "b c"]);
    expect(query.has("x")).toBe(true);
    expect(query.get("x")).toBe("");
    expect(query.get("")).toBe("y");
    expect(query.get("u")).toBe("é");
    expect(query.text("x")).toBeUndefined();
    expect(query.all("none")).toEqual([]);
  });

  test.each(["", "0", "no", "NO", "false", "False", "none", "+"])("%j is false", (value) => {
    expect(new Query(`a=${value}`).bool("a", true)).toBe(false);
  });

  test.each(["1", "true", "yes", "2", "x", "off"])("%j is true", (value) => {
    expect(new Query(`a=${value}`).bool("a")).toBe(true);
  });

  test("a missing boolean takes its default", () => {
    expect(new Query("").bool("a")).toBe(false);
    expect(new Query("").bool("a", true)).toBe(true);
    expect(new Query("a").bool("a", true)).toBe(false);
  });

  test("numbers are Go's", () => {
    const query = new Query("a=12&b=-1&c=&d=abc&e=1.5&f=99999999999999999999&g=%2B3");
    expect([query.int("a"), query.int("b"), query.int("c"), query.int("z"), query.int("g")]).toEqual([
      12,
      -1,
      undefined,
      undefined,
      3,
    ]);
    expect(() => query.int("d")).toThrow('strconv.Atoi: parsing "abc": invalid syntax');
    expect(() => query.int("e")).toThrow("invalid syntax");
    expect(() => query.int("f")).toThrow("value out of range");
  });

  test("broken escapes and semicolons are refused", () => {
    expect(() => new Query("a=%zz&b=1")).toThrow('invalid URL escape "%zz"');
    expect(() => new Query("a=%4")).toThrow('invalid URL escape "%4"');
    expect(() => new Query("a=1;b=2")).toThrow("invalid semicolon separator in query");
  });

  test("bytes that are not UTF-8 do not fail", () => {
    expect(new Query("a=%ffé%41").get("a")).toBe("\ufffdéA");
  });

  test("what URLSearchParams writes is read back", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 12 });
    fc.assert(
      fc.property(fc.array(fc.tuple(text, text)), (pairs) => {
        const query = new Query(new URLSearchParams(pairs).toString());
        for (const [key] of pairs) {
          expect(query.all(key)).toEqual(pairs.filter(([other]) => other === key).map(([, value]) => value));
        }
      }),
    );
  });

  test("anything at all is read or refused as invalid", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        try {
          new Query(text);
        } catch (error) {
          expect(isKind(error, "invalid")).toBe(true);
        }
      }),
    );
  });
});
