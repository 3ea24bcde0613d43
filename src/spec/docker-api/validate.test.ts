import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { isKind } from "../../core/index.ts";
import {
  buildArguments,
  buildUlimits,
  containerCreateBody,
  execCreateBody,
  execStartBody,
} from "./validate.ts";

const create = (body: Record<string, unknown>) => containerCreateBody({ Image: "a", ...body });

describe("containerCreateBody", () => {
  test("takes fields in any case and drops those it does not know; keys of maps stay", () => {
    expect(
      create({
        ENV: ["A=b"],
        exposedports: { "80/TCP": {} },
        Labels: { Cmd: "x", LABELS: "y" },
        hostConfig: {
          Sysctls: { "net.X": "1" },
          memory: 5,
          Nope: 1,
          logconfig: { type: "json-file", CONFIG: { Max: "1" } },
        },
        networkingconfig: {
          endpointsconfig: { Image: { aliases: ["a"], ipamconfig: { ipv4address: "1.2.3.4" } }, b: null },
        },
      }) as unknown,
    ).toEqual({
      Image: "a",
      Env: ["A=b"],
      ExposedPorts: { "80/TCP": {} },
      Labels: { Cmd: "x", LABELS: "y" },
      HostConfig: {
        Sysctls: { "net.X": "1" },
        Memory: 5,
        LogConfig: { Type: "json-file", Config: { Max: "1" } },
      },
      NetworkingConfig: {
        EndpointsConfig: { Image: { Aliases: ["a"], IPAMConfig: { IPv4Address: "1.2.3.4" } }, b: null },
      },
    });
  });

  test("the last spelling of a field counts, null is the same as absent", () => {
    expect(containerCreateBody({ Image: "a", image: "b" }).Image).toBe("b");
    expect(create({ Env: null, HostConfig: { Binds: null, PidsLimit: null }, Healthcheck: null })).toEqual({
      Image: "a",
      HostConfig: {},
    });
  });

  test("a command may be one string", () => {
    expect(create({ Cmd: "a b", Entrypoint: ["c", "d"], Shell: [] })).toMatchObject({
      Cmd: ["a b"],
      Entrypoint: ["c", "d"],
      Shell: [],
    });
  });

  test("what clients send is taken whole", () => {
    const HostConfig = {
      Binds: ["/a:/b"],
      PortBindings: { "80/tcp": null, "81/tcp": [], "82/tcp": [{ HostIp: "", HostPort: "0" }] },
      RestartPolicy: { Name: "on-failure" as const, MaximumRetryCount: 3 },
      ConsoleSize: [24, 80] as [number, number],
      Ulimits: [{ Name: "nofile", Soft: -1, Hard: 1024 }],
      Mounts: [
        {
          Type: "tmpfs" as const,
          Target: "/t",
          TmpfsOptions: { SizeBytes: 1, Options: [["exec"], ["uid", "1"]] },
        },
        { Type: "bind" as const, Source: "/a", Target: "/b", BindOptions: { Propagation: "rprivate" } },
      ],
      Devices: [{ PathOnHost: "/dev/x", PathInContainer: "/dev/x", CgroupPermissions: "rwm" }],
      DeviceRequests: [{ Count: -1 }],
      MemorySwappiness: 0,
      OomKillDisable: false,
      Init: true,
      Tmpfs: { "/run": "size=1m" },
    };
    expect(create({ HostConfig }).HostConfig).toEqual(HostConfig);
  });

  test.each([
    [{ Env: "a" }, 'Env: expected Array but received "a"'],
    [{ Cmd: 5 }, "Cmd: expected (string | Array) but received 5"],
    [{ Labels: [] }, "Labels: expected Object but received Array"],
    [{ Labels: { a: 1 } }, "Labels.a: expected string but received 1"],
    [{ HostConfig: [] }, "HostConfig: expected Object but received Array"],
    [{ HostConfig: { Memory: 1.5 } }, "HostConfig.Memory: expected integer but received 1.5"],
    [
      { HostConfig: { PortBindings: { "80/tcp": {} } } },
      "HostConfig.PortBindings.80/tcp: expected Array but received Object",
    ],
    [
      { HostConfig: { PortBindings: { "80/tcp": [{ HostPort: 80 }] } } },
      "HostConfig.PortBindings.80/tcp.0.HostPort: expected string but received 80",
    ],
  ])("%j: %s", (body, message) => {
    expect(() => create(body)).toThrow(`invalid JSON: ${message}`);
  });

  test("unknown words get a sentence of their own", () => {
    const host = (HostConfig: unknown) => () => create({ HostConfig });
    expect(host({ RestartPolicy: { Name: "maybe" } })).toThrow(
      "invalid restart policy: unknown policy 'maybe'",
    );
    expect(host({ Mounts: [{ Type: "foo", Target: "/a" }] })).toThrow(
      'invalid mount config for type "foo": mount type unknown',
    );
    expect(host({ CgroupnsMode: "x" })).toThrow("invalid cgroup namespace mode: x");
  });

  test.each([null, {}, { HostConfig: {} }, { Nonsense: 1 }])("%j is no configuration", (body) => {
    expect(() => containerCreateBody(body)).toThrow("config cannot be empty in order to create a container");
  });

  test("a hostile prototype key changes nothing", () => {
    const body = create(JSON.parse('{"Labels":{"__proto__":"x","a":"b"},"__proto__":{"Tty":true}}'));
    expect(body.Labels).toEqual({ a: "b" });
    expect(body.Tty).toBeUndefined();
    expect(({} as Record<string, unknown>).Tty).toBeUndefined();
  });

  test("any JSON is read or refused as invalid", () => {
    const anything = fc.record(
      { Image: fc.jsonValue(), Env: fc.jsonValue(), HostConfig: fc.jsonValue(), Labels: fc.jsonValue() },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(anything, fc.jsonValue()), (value) => {
        try {
          containerCreateBody(value);
        } catch (error) {
          expect(isKind(error, "invalid")).toBe(true);
        }
      }),
    );
  });
});

test("exec bodies", () => {
  expect(execCreateBody({ cmd: "ls", tty: true, ConsoleSize: [1, 2], Detach: true })).toEqual({
    Cmd: ["ls"],
    Tty: true,
    ConsoleSize: [1, 2],
  });
  expect(execStartBody(undefined)).toEqual({});
  expect(execStartBody({ detach: true })).toEqual({ Detach: true });
  expect(() => execStartBody({ ConsoleSize: [1] })).toThrow("invalid JSON: ConsoleSize");
});

test("build parameters", () => {
  expect(buildArguments({ A: "b", C: null })).toEqual({ A: "b", C: null });
  expect(buildArguments(null)).toEqual({});
  expect(buildUlimits([{ name: "nofile", SOFT: 1, Hard: 2 }])).toEqual([
    { Name: "nofile", Soft: 1, Hard: 2 },
  ]);
  expect(() => buildArguments([])).toThrow("expected Object but received Array");
});
