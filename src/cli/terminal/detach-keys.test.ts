import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { DetachFilter, parseDetachKeys } from "./detach-keys.ts";

describe("parseDetachKeys", () => {
  test("reads control keys and plain characters", () => {
    expect([...parseDetachKeys("ctrl-p,ctrl-q")]).toEqual([16, 17]);
    expect([...parseDetachKeys("a,ctrl-a,ctrl-@,ctrl-[,ctrl-_")]).toEqual([97, 1, 0, 27, 31]);
  });

  test.each(["", "ab", "ctrl-", "ctrl-1", "a,,b", "ctrl-p,ctrl-qq"])("refuses %p", (text) => {
    expect(() => parseDetachKeys(text)).toThrow("Unknown character");
  });
});

describe("DetachFilter", () => {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const keys = fc.uint8Array({ minLength: 1, maxLength: 4, max: 2 });
  const chunks = fc.array(fc.uint8Array({ maxLength: 8, max: 3 }), { maxLength: 8 });

  test("finds the sequence across reads and drops what follows", () => {
    const filter = new DetachFilter(bytes("xy"));
    expect(filter.push(bytes("ax"))).toEqual({ pass: bytes("a"), detached: false });
    expect(filter.push(bytes("yb"))).toEqual({ pass: bytes(""), detached: true });
  });

  test("the first key twice is no reason to miss the sequence", () => {
    expect(new DetachFilter(bytes("xy")).push(bytes("xxy"))).toEqual({ pass: bytes("x"), detached: true });
  });

  test("passes exactly what comes before the first whole sequence", () => {
    fc.assert(
      fc.property(keys, chunks, (sequence, input) => {
        const filter = new DetachFilter(sequence);
        const passed: number[] = [];
        let detached = false;
        for (const chunk of input) {
          const result = filter.push(chunk);
          passed.push(...result.pass);
          detached = result.detached;
          if (detached) break;
        }
        if (!detached) passed.push(...filter.flush());
        const typed = Buffer.concat(input);
        const found = typed.indexOf(sequence);
        expect(detached).toBe(found >= 0);
        expect(passed).toEqual([...(found < 0 ? typed : typed.subarray(0, found))]);
      }),
    );
  });
});
