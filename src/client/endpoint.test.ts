import { afterAll, describe, expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EndpointChoice, resolveEndpoint } from "./endpoint.ts";
import { parseHost } from "./host.ts";

const directory = mkdtempSync(join(tmpdir(), "berth-endpoint-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const choice = (part: Partial<EndpointChoice>): EndpointChoice => ({
  configDirectory: directory,
  tls: { tls: false, verify: undefined },
  env: {},
  ...part,
});

function writeContext(name: string, meta: unknown, tls: Record<string, string> = {}): void {
  const id = createHash("sha256").update(name).digest("hex");
  mkdirSync(join(directory, "contexts", "meta", id), { recursive: true });
  writeFileSync(join(directory, "contexts", "meta", id, "meta.json"), JSON.stringify(meta));
  mkdirSync(join(directory, "contexts", "tls", id, "docker"), { recursive: true });
  for (const [file, text] of Object.entries(tls)) {
    writeFileSync(join(directory, "contexts", "tls", id, "docker", file), text);
  }
}

describe("parseHost", () => {
  for (const [text, endpoint] of [
    ["unix:///run/x.sock", { kind: "unix", path: "/run/x.sock" }],
    ["unix://", { kind: "unix", path: "/run/berth/berth.sock" }],
    ["tcp://example.org:1234", { kind: "tcp", host: "example.org", port: 1234 }],
    ["tcp://example.org", { kind: "tcp", host: "example.org", port: 0 }],
    ["tcp://:2375", { kind: "tcp", host: "127.0.0.1", port: 2375 }],
    ["tcp://[::1]:2375/", { kind: "tcp", host: "::1", port: 2375 }],
    ["http://localhost:80", { kind: "tcp", host: "localhost", port: 80 }],
    ["localhost:2375", { kind: "tcp", host: "localhost", port: 2375 }],
  ] as const) {
    test(text, () => expect(parseHost(text)).toEqual(endpoint));
  }
  for (const text of [
    "npipe:////./pipe/x",
    "fd://",
    "tcp://",
    "tcp://a:99999",
    "tcp://a/b",
    "tcp://a:b",
    "foo://x",
  ]) {
    test(`${text} is refused`, () => expect(() => parseHost(text)).toThrow("unable to parse docker host"));
  }
  test("ssh says what to do instead", () => {
    expect(() => parseHost("ssh://me@there")).toThrow("ssh:// hosts are not supported: forward the socket");
  });
});

describe("resolveEndpoint", () => {
  test("our own socket unless told otherwise", async () => {
    expect(await resolveEndpoint(choice({}))).toEqual({
      endpoint: { kind: "unix", path: "/run/berth/berth.sock" },
      own: true,
      berth: true,
    });
  });

  test("--host before --context before BERTH_HOST before DOCKER_HOST before DOCKER_CONTEXT", async () => {
    writeContext("one", { Endpoints: { docker: { Host: "unix:///one" } } });
    writeContext("two", { Endpoints: { docker: { Host: "unix:///two" } } });
    const env = { BERTH_HOST: "unix:///berth", DOCKER_HOST: "unix:///docker", DOCKER_CONTEXT: "two" };
    const pathOf = async (part: Partial<EndpointChoice>) =>
      ((await resolveEndpoint(choice(part))).endpoint as { path: string }).path;
    expect(await pathOf({ host: "unix:///flag", env })).toBe("/flag");
    expect(await pathOf({ context: "one", env })).toBe("/one");
    expect(await pathOf({ env })).toBe("/berth");
    expect(await pathOf({ env: { ...env, BERTH_HOST: "" } })).toBe("/docker");
    expect(await pathOf({ env: { DOCKER_CONTEXT: "two" } })).toBe("/two");
    expect(await pathOf({ env: { DOCKER_CONTEXT: "default" } })).toBe("/run/berth/berth.sock");
    await expect(resolveEndpoint(choice({ host: "unix:///a", context: "one" }))).rejects.toThrow(
      "cannot specify both --host and --context",
    );
  });

  test("a context with certificates is verified unless it says otherwise", async () => {
    writeContext("tls", { Endpoints: { docker: { Host: "tcp://h" } } }, { "ca.pem": "CA", "key.pem": "KEY" });
    expect((await resolveEndpoint(choice({ context: "tls" }))).endpoint).toEqual({
      kind: "tcp",
      host: "h",
      port: 2376,
      tls: { ca: "CA", key: "KEY", verify: true },
    });
    writeContext(
      "lax",
      { Endpoints: { docker: { Host: "tcp://h:1", SkipTLSVerify: true } } },
      { "ca.pem": "CA" },
    );
    const { endpoint } = await resolveEndpoint(choice({ context: "lax" }));
    expect(endpoint).toMatchObject({ port: 1, tls: { verify: false } });
  });

  test("a context that is missing or broken is named", async () => {
    await expect(resolveEndpoint(choice({ context: "nope" }))).rejects.toThrow(
      "context 'nope': no such context",
    );
    writeContext("empty", { Endpoints: {} });
    await expect(resolveEndpoint(choice({ context: "empty" }))).rejects.toThrow("names no docker endpoint");
  });

  test("TLS by flag and by environment", async () => {
    writeFileSync(join(directory, "ca.pem"), "usual CA");
    writeFileSync(join(directory, "other.pem"), "other CA");
    const host = "tcp://h";
    const tls = async (part: Partial<EndpointChoice>) =>
      (await resolveEndpoint(choice({ host, ...part }))).endpoint as object;
    expect(await tls({})).toEqual({ kind: "tcp", host: "h", port: 2375 });
    expect(await tls({ env: { DOCKER_TLS_VERIFY: "1" } })).toMatchObject({
      port: 2376,
      tls: { ca: "usual CA", verify: true },
    });
    expect(await tls({ tls: { tls: true, verify: undefined } })).toMatchObject({ tls: { verify: false } });
    const ca = join(directory, "other.pem");
    expect(await tls({ tls: { tls: false, verify: true, ca } })).toMatchObject({ tls: { ca: "other CA" } });
    await expect(tls({ tls: { tls: true, verify: true, key: "/nonexistent" } })).rejects.toThrow(
      "--tlskey: cannot read /nonexistent",
    );
  });
});
