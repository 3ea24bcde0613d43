import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { mergeCommand, mergeConfig, mergeEnv } from "./merge-config.ts";

const DEFAULTS = { hostname: "0123456789ab" };

describe("environment", () => {
  test("the request wins, keeps the image's order, and a bare name removes", () => {
    expect(mergeEnv(["A=1", "B=2", "C=3"], ["B=x", "C", "D=4"])).toEqual(["A=1", "B=x", "D=4"]);
  });
  test("values may hold = and be empty", () => {
    expect(mergeEnv(["A=b=c"], ["B="])).toEqual(["A=b=c", "B="]);
  });
  test.each(["", "=x"])("refuses %j", (entry) =>
    expect(() => mergeEnv([], [entry])).toThrow("invalid environment variable"),
  );
  test("every name comes once", () => {
    const entry = fc
      .tuple(fc.constantFrom("A", "B", "C"), fc.string())
      .map(([name, value]) => `${name}=${value}`);
    fc.assert(
      fc.property(fc.array(entry), fc.array(entry), (image, given) => {
        const names = mergeEnv(image, given).map((e) => e.split("=")[0]);
        expect(new Set(names).size).toBe(names.length);
      }),
    );
  });
});

describe("entrypoint and command", () => {
  const image = { Entrypoint: ["/entry"], Cmd: ["default"] };
  test.each([
    [{}, ["/entry"], ["default"]],
    [{ Cmd: ["mine"] }, ["/entry"], ["mine"]],
    [{ Entrypoint: ["/other"] }, ["/other"], null],
    [{ Entrypoint: ["/other"], Cmd: ["mine"] }, ["/other"], ["mine"]],
    [{ Entrypoint: [""], Cmd: ["mine"] }, null, ["mine"]],
    [{ Entrypoint: [], Cmd: [] }, ["/entry"], ["default"]],
  ])("%j", (given, entrypoint, cmd) => expect(mergeCommand(image, given)).toEqual({ entrypoint, cmd }));
  test("with neither there is nothing to run", () => {
    expect(() => mergeConfig({}, {}, DEFAULTS)).toThrow("no command specified");
  });
});

test("what the request says goes over what the image says", () => {
  const image = {
    Cmd: ["sh"],
    User: "app",
    WorkingDir: "/srv",
    Labels: { a: "1", b: "2" },
    ExposedPorts: { "80/tcp": {} },
    Volumes: { "/data": {} },
    StopSignal: "SIGINT",
    Healthcheck: { Test: ["CMD", "true"], Interval: 5 },
  };
  const merged = mergeConfig(
    {
      User: "root",
      Labels: { b: "3" },
      ExposedPorts: { "53/udp": {} },
      Healthcheck: { Interval: 7 },
      HostConfig: { PortBindings: { "443": [] } },
    },
    image,
    DEFAULTS,
  );
  expect(merged).toMatchObject({
    Hostname: "0123456789ab",
    User: "root",
    WorkingDir: "/srv",
    Labels: { a: "1", b: "3" },
    ExposedPorts: { "80/tcp": {}, "53/udp": {}, "443/tcp": {} },
    Volumes: { "/data": {} },
    StopSignal: "SIGINT",
    Healthcheck: { Test: ["CMD", "true"], Interval: 7 },
  });
});

test("a relative working directory is refused", () => {
  expect(() => mergeConfig({ Cmd: ["x"], WorkingDir: "srv" }, {}, DEFAULTS)).toThrow(
    "it needs to be an absolute path",
  );
});
