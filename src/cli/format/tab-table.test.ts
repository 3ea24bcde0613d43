import { expect, test } from "bun:test";
import fc from "fast-check";
import { alignTabs } from "./tab-table.ts";

test("columns are at least ten wide and three apart", () => {
  expect(alignTabs("NAMES\tCONTAINER ID\tX\nd1_new\t8d8ddb37efce\ty\na-very-long-name\tz\t")).toBe(
    "NAMES              CONTAINER ID   X\nd1_new             8d8ddb37efce   y\na-very-long-name   z              ",
  );
});

test("other layouts", () => {
  expect(alignTabs("UID\tPID\nroot\t1", { minWidth: 20, padding: 3 })).toBe(
    "UID                 PID\nroot                1",
  );
});

test("a column belongs to neighbouring lines only", () => {
  expect(alignTabs("aaaaaaaaaaaaaaa\tb\nno tabs here\nc\td")).toBe(
    "aaaaaaaaaaaaaaa   b\nno tabs here\nc         d",
  );
});

test("characters count, not code units", () => {
  expect(alignTabs("😀😀😀😀😀😀😀😀😀\tx")).toBe("😀😀😀😀😀😀😀😀😀   x");
});

test("any text keeps its lines and cells", () => {
  fc.assert(
    fc.property(fc.array(fc.array(fc.stringMatching(/^[a-z ]*$/), { minLength: 1 })), (rows) => {
      const out = alignTabs(rows.map((cells) => cells.join("\t")).join("\n")).split("\n");
      expect(out.length).toBe(Math.max(1, rows.length));
      for (const [i, cells] of rows.entries()) {
        let at = 0;
        for (const cell of cells) {
          at = out[i]?.indexOf(cell, at) ?? -1;
          expect(at).toBeGreaterThanOrEqual(0);
          at += cell.length;
        }
      }
    }),
  );
});
