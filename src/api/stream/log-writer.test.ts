import { expect, test } from "bun:test";
import { fixedTime } from "./log-writer.ts";

test("fixedTime keeps all nine digits", () => {
  expect(fixedTime(1_700_000_000_000_000_000n)).toBe("2023-11-14T22:13:20.000000000Z");
  expect(fixedTime(1_700_000_000_123_456_780n)).toBe("2023-11-14T22:13:20.123456780Z");
  expect(fixedTime(1_700_000_001_000_000_001n)).toBe("2023-11-14T22:13:21.000000001Z");
});
