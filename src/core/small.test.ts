import { describe, expect, test } from "bun:test";
import { digestOf, parseDigest } from "./digest.ts";
import { formatPlatform, parsePlatform } from "./platform.ts";
import { parseSignal, signalName } from "./signal.ts";
import { humanBytes, humanSize, humanSize3, parseBytes } from "./size.ts";
import { nearest } from "./suggest.ts";

test("digests", () => {
  expect(digestOf("")).toBe("sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  expect(() => parseDigest("sha256:../../etc")).toThrow("invalid digest");
  expect(() => parseDigest(`SHA256:${"a".repeat(64)}`)).toThrow("invalid digest");
});

describe("signals", () => {
  test.each([
    ["TERM", 15],
    ["SIGKILL", 9],
    ["sigint", 2],
    ["9", 9],
    ["RTMIN+3", 37],
    ["SIGRTMAX-1", 63],
  ])("%s", (text, number) => expect(parseSignal(text)).toBe(number));
  test.each(["", "0", "65", "NOPE", "RTMIN+40", "-1", "9x"])("refuses %j", (text) =>
    expect(() => parseSignal(text)).toThrow(`invalid signal: ${text}`),
  );
  test("names", () => expect([signalName(15), signalName(40)]).toEqual(["SIGTERM", "40"]));
});

describe("sizes", () => {
  test.each([
    ["512m", 512 << 20],
    ["1.5g", 1.5 * 2 ** 30],
    ["64KiB", 65536],
    ["10", 10],
    ["10b", 10],
    ["2GB", 2 ** 31],
  ])("%s", (text, bytes) => expect(parseBytes(text)).toBe(bytes));
  test.each(["", "x", "1x", "-1", "1..2m"])("refuses %j", (text) =>
    expect(() => parseBytes(text)).toThrow("invalid size"),
  );
  test("are written as Docker writes them", () => {
    expect([humanSize3(1_238_000), humanSize(1_234_567), humanBytes(1.5 * 2 ** 30), humanSize3(0)]).toEqual([
      "1.24MB",
      "1.235MB",
      "1.5GiB",
      "0B",
    ]);
  });
});

test("platforms", () => {
  expect(formatPlatform(parsePlatform("linux/arm64/v8"))).toBe("linux/arm64/v8");
  expect(parsePlatform("x86_64")).toEqual({ os: "linux", architecture: "amd64" });
  expect(() => parsePlatform("linux/../x")).toThrow("invalid platform");
});

test("the nearest word is suggested only when it is near", () => {
  expect(nearest("biuld", ["build", "run"])).toBe("build");
  expect(nearest("RUNN", ["RUN", "COPY"])).toBe("RUN");
  expect(nearest("xyzzy", ["build", "run"])).toBeUndefined();
});
