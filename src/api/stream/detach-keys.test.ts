import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { DetachFilter, parseDetachKeys } from "./detach-keys.ts";

const feed = (keys: string, ...pieces: string[]) => {
  const filter = new DetachFilter(parseDetachKeys(keys));
  let out = "";
  for (const piece of pieces) {
    const { data, detached } = filter.feed(Buffer.from(piece, "latin1"));
    out += Buffer.from(data).toString("latin1");
    if (detached) return `${out}|detached`;
  }
  return out;
};

describe("parseDetachKeys", () => {
  test("control keys, single characters, the default", () => {
    expect([...parseDetachKeys("ctrl-a,x,ctrl-[,ctrl-@")]).toEqual([1, 120, 27, 0]);
    expect([...parseDetachKeys("")]).toEqual([0x10, 0x11]);
  });

  test.each(["foo", "ctrl-", "ctrl-A", "ctrl-1", "a,,b", "é"])("refuses %s", (keys) => {
    expect(() => parseDetachKeys(keys)).toThrow(`Invalid detach keys (${keys}) provided`);
  });
});

describe("DetachFilter", () => {
  test("passes what is not the sequence, holding its beginning back", () => {
    expect(feed("", "abc")).toBe("abc");
    expect(feed("", "a\x10")).toBe("a");
    expect(feed("", "a\x10", "b")).toBe("a\x10b");
    expect(feed("", "a\x10\x10\x11")).toBe("a\x10|detached");
    expect(feed("", "\x10", "\x11after")).toBe("|detached");
    expect(feed("x", "aXx")).toBe("aX|detached");
  });

  test("without the first key nothing changes, however it is cut", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: fc.constantFrom("a", "b", "\x11", "\n"), maxLength: 9 })),
        (pieces) => {
          expect(feed("", ...pieces)).toBe(pieces.join(""));
        },
      ),
    );
  });

  test("input ends as it began, less a sequence and what was held back", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom("p", "q", "x"), maxLength: 6 })), (pieces) => {
        const whole = pieces.join("");
        const result = feed("p,q", ...pieces);
        const at = whole.indexOf("pq");
        if (at >= 0) expect(result).toBe(`${whole.slice(0, at)}|detached`);
        else expect(result).toBe(whole.endsWith("p") ? whole.slice(0, -1) : whole);
      }),
    );
  });
});
