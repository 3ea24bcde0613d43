import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ImageRuntimeConfig } from "../spec/index.ts";
import { commitConfig, runtimeConfigOf } from "./commit-config.ts";

const own: ImageRuntimeConfig = {
  User: "app",
  Env: ["A=1", "B=2"],
  Entrypoint: ["sh"],
  Cmd: ["-c", "x"],
  Labels: { a: "1", b: "2" },
  Volumes: { "/v": {} },
  ExposedPorts: { "80/tcp": {} },
  WorkingDir: "/w",
  StopSignal: "INT",
  Healthcheck: { Test: ["CMD", "true"], Retries: 3 },
};

describe("commitConfig", () => {
  test("what is given stands over the container's own", () => {
    expect(
      commitConfig(own, {
        User: "root",
        Env: ["NEW=1", "B=3"],
        Labels: { b: "3", c: "4" },
        Volumes: { "/x": {} },
        ExposedPorts: { "90/udp": {} },
        WorkingDir: "/z",
        StopSignal: "TERM",
        Healthcheck: { Retries: 5 },
        OnBuild: ["RUN x"],
      }),
    ).toEqual({
      User: "root",
      Env: ["NEW=1", "B=3", "A=1"],
      Entrypoint: ["sh"],
      Cmd: ["-c", "x"],
      Labels: { a: "1", b: "3", c: "4" },
      Volumes: { "/v": {}, "/x": {} },
      ExposedPorts: { "80/tcp": {}, "90/udp": {} },
      WorkingDir: "/z",
      StopSignal: "TERM",
      Healthcheck: { Test: ["CMD", "true"], Retries: 5 },
      OnBuild: ["RUN x"],
    });
  });

  test("an entrypoint drops the command; a command alone keeps the entrypoint", () => {
    expect(commitConfig(own, { Entrypoint: ["true"] })).toMatchObject({ Entrypoint: ["true"], Cmd: null });
    expect(commitConfig(own, { Cmd: ["y"] })).toMatchObject({ Entrypoint: ["sh"], Cmd: ["y"] });
  });

  test("a container's own configuration over itself is the same", () => {
    expect(commitConfig(own, own)).toEqual({ ...own, OnBuild: null });
    const env = fc
      .uniqueArray(fc.stringMatching(/^[A-Z]{1,2}$/))
      .map((names) => names.map((name) => `${name}=${name}=`));
    fc.assert(fc.property(env, (Env) => expect(commitConfig({ Env }, { Env }).Env).toEqual(Env)));
  });

  test("the lists that a container has not are left out", () => {
    expect(runtimeConfigOf({ Env: null, Volumes: null, User: "u" })).toEqual({ User: "u" });
  });
});
