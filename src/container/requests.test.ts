import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { BerthError } from "../core/index.ts";
import type { ContainerConfig } from "../spec/index.ts";
import { checkName } from "./create.ts";
import { completeHostConfig } from "./host-config.ts";
import { parseBind, wantedMounts } from "./mount-requests.ts";
import { parsePort, portRequests } from "./port-requests.ts";
import { randomName } from "./random-name.ts";

const DEFAULTS = { runtime: "runc", cgroupnsMode: "host" } as const;
const host = (given: Parameters<typeof completeHostConfig>[0]) => completeHostConfig(given, DEFAULTS);
const config = (given: Partial<ContainerConfig>) => given as ContainerConfig;

describe("binds", () => {
  test.each([
    ["/data", { type: "volume", target: "/data", readOnly: false }],
    ["vol:/data", { type: "volume", source: "vol", target: "/data", mode: "z" }],
    ["vol:/data:ro,nocopy", { type: "volume", source: "vol", readOnly: true, noCopy: true }],
    [
      "/src:/dst",
      { type: "bind", source: "/src", target: "/dst", createSource: true, propagation: "rprivate" },
    ],
    ["/src/../a:/dst/:ro,rshared", { source: "/a", target: "/dst", readOnly: true, propagation: "rshared" }],
  ])("%s", (text, expected) => expect(parseBind(text)).toMatchObject(expected));

  test.each(["", ":", "a:", ":/b", "/a:b", "/a:/b:zz", "/a:/b:ro:x", "/a:/", "relative"])(
    "refuses %j",
    (text) => {
      expect(() => parseBind(text)).toThrow(BerthError);
    },
  );

  test("any text is read or refused with the engine's own error; targets are clean and absolute", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a/.:,ro]{0,20}$/), (text) => {
        try {
          const { target } = parseBind(text);
          expect(target).toMatch(/^\/(?!\/)/);
          expect(target.split("/")).not.toContain("..");
        } catch (error) {
          expect(error).toBeInstanceOf(BerthError);
        }
      }),
    );
  });

  test("one mount for each target; the request's goes over the image's VOLUME", () => {
    const twice = host({ Binds: ["/a:/x"], Tmpfs: { "/x/": "" } });
    expect(() => wantedMounts(config({}), twice)).toThrow("Duplicate mount point: /x");
    const mounts = wantedMounts(config({ Volumes: { "/x": {}, "/y": {} } }), host({ Binds: ["/a:/x"] }));
    expect(mounts.map(({ type, target }) => `${type} ${target}`)).toEqual(["bind /x", "volume /y"]);
  });

  test("--mount says what is missing", () => {
    const mount = (m: object) => () => wantedMounts(config({}), host({ Mounts: [m as never] }));
    expect(mount({ Type: "bind", Target: "/x" })).toThrow(
      'invalid mount config for type "bind": field Source must not be empty',
    );
    expect(mount({ Type: "bind", Source: "x", Target: "/x" })).toThrow("mount path must be absolute");
    expect(mount({ Type: "npipe", Target: "/x" })).toThrow('mount type "npipe" is not supported');
  });
});

describe("ports", () => {
  test("numbers, protocols and refusals", () => {
    expect(parsePort("80")).toEqual({ port: 80, protocol: "tcp" });
    expect(parsePort("53/UDP")).toEqual({ port: 53, protocol: "udp" });
    for (const bad of ["0", "65536", "x", "80/ip", "-1", "8.5"])
      expect(() => parsePort(bad)).toThrow(BerthError);
  });

  test("bindings, ranges, random ports and all exposed ones", () => {
    const requests = portRequests(
      host({
        PublishAllPorts: true,
        PortBindings: { "80/tcp": [{ HostIp: "127.0.0.1", HostPort: "8000-8010" }], "53/udp": [] },
      }),
      config({ ExposedPorts: { "80/tcp": {}, "99/tcp": {} } }),
    );
    expect(requests).toEqual([
      { protocol: "tcp", containerPort: 80, hostIp: "127.0.0.1", hostPortStart: 8000, hostPortEnd: 8010 },
      { protocol: "udp", containerPort: 53, hostIp: "", hostPortStart: 0, hostPortEnd: 0 },
      { protocol: "tcp", containerPort: 99, hostIp: "", hostPortStart: 0, hostPortEnd: 0 },
    ]);
    const backwards = host({ PortBindings: { "80/tcp": [{ HostIp: "", HostPort: "9-8" }] } });
    expect(() => portRequests(backwards, config({}))).toThrow("invalid port specification");
  });
});

describe("host configuration", () => {
  test("what is not said gets Docker's defaults", () => {
    expect(host({})).toMatchObject({
      NetworkMode: "bridge",
      IpcMode: "private",
      CgroupnsMode: "host",
      ShmSize: 67108864,
      RestartPolicy: { Name: "no", MaximumRetryCount: 0 },
      LogConfig: { Type: "json-file", Config: {} },
      Binds: null,
      PidsLimit: null,
      Runtime: "runc",
    });
    expect(host({ Memory: 10 << 20 }).MemorySwap).toBe(20 << 20);
  });
  test.each([
    [{ Memory: 1 }, "Minimum memory limit allowed is 6MB"],
    [{ Memory: 10 << 20, MemorySwap: 8 << 20 }, "Minimum memoryswap limit should be larger"],
    [{ MemorySwap: 8 << 20 }, "You should always set the Memory limit"],
    [{ OomScoreAdj: 1001 }, "range for oom score adj is [-1000, 1000]"],
    [
      { AutoRemove: true, RestartPolicy: { Name: "always", MaximumRetryCount: 0 } } as const,
      "can't create 'AutoRemove'",
    ],
  ])("refuses %j", (given, message) => expect(() => host(given)).toThrow(message));
});

describe("names", () => {
  test("are checked", () => {
    expect(checkName("/web-1.a_b")).toBe("web-1.a_b");
    for (const bad of ["", "a", "-a", "a b", "a/b", "é"])
      expect(() => checkName(bad)).toThrow("Invalid container name");
  });
  test("made up ones are valid and free", () => {
    const taken = new Set<string>();
    for (let i = 0; i < 2000; i++) {
      const name = randomName((candidate) => taken.has(candidate));
      expect(checkName(name)).toBe(name);
      expect(taken.has(name)).toBe(false);
      taken.add(name);
    }
  });
});
