import { expect, test } from "bun:test";
import type { ImageRuntimeConfig } from "../../spec/index.ts";
import { applyChanges } from "./change.ts";

const changed = (lines: readonly string[], config: ImageRuntimeConfig = {}) => applyChanges(config, lines);

test("lines change an image's configuration and nothing else", () => {
  expect(
    changed([
      `CMD ["sh", "-c"]`,
      "ENTRYPOINT echo $A",
      "ENV A=1 B=2",
      "ENV B=$A",
      "EXPOSE 80",
      "label a=b",
      "USER u",
      "VOLUME /v",
      "WORKDIR /w",
      "WORKDIR x",
      "STOPSIGNAL TERM",
      "ONBUILD RUN x",
      "HEALTHCHECK NONE",
    ]),
  ).toEqual({
    Cmd: ["sh", "-c"],
    Entrypoint: ["/bin/sh", "-c", "echo $A"],
    Env: ["A=1", "B=1"],
    ExposedPorts: { "80/tcp": {} },
    Labels: { a: "b" },
    User: "u",
    Volumes: { "/v": {} },
    WorkingDir: "/w/x",
    StopSignal: "TERM",
    OnBuild: ["RUN x"],
    Healthcheck: { Test: ["NONE"] },
  });
  expect(changed(["ENV A=$B"], { Env: ["B=x"], Cmd: ["y"] })).toEqual({ Env: ["B=x", "A=x"], Cmd: ["y"] });
});

test.each([
  "RUN true",
  "FROM x",
  "COPY a b",
  "ARG x",
  "",
  "bogus",
  "CMD x\nRUN y",
  "CMD x\nFROM y",
  'SHELL ["x"]',
])("refuses %j", (line) => {
  expect(() => changed([line])).toThrow("is not a valid change command: use one of CMD, ENTRYPOINT");
});

test("says what is wrong with a line", () => {
  expect(() => changed(["ENV A"])).toThrow("ENV must have two arguments");
  expect(() => changed(["STOPSIGNAL x"])).toThrow("invalid signal: x");
});

test("lines are one Dockerfile: an entrypoint drops only the command that was there before", () => {
  const image = { Cmd: ["old"], Entrypoint: ["before"] };
  expect(changed([`ENTRYPOINT ["e"]`], image)).toEqual({ Entrypoint: ["e"], Cmd: undefined });
  const both = { Entrypoint: ["e"], Cmd: ["new"] };
  expect(changed([`CMD ["new"]`, `ENTRYPOINT ["e"]`], image)).toEqual(both);
  expect(changed([`CMD ["new"]\nENTRYPOINT ["e"]`], image)).toEqual(both);
  expect(changed([], image)).toBe(image);
});

test("a command is not marked as escaped, unless it was", () => {
  expect(changed(["CMD x"]).ArgsEscaped).toBeUndefined();
  expect(changed(["CMD x"], { ArgsEscaped: true }).ArgsEscaped).toBe(true);
});
