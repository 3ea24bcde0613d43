import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { proxyVariables, readClientConfig, registryAuth, registryConfig } from "./client-config.ts";

const decode = (text: string | undefined) => JSON.parse(Buffer.from(text ?? "", "base64url").toString());
const auth = Buffer.from("me:pass:word").toString("base64");

describe("readClientConfig", () => {
  test("a file that is missing or broken is an empty configuration", () => {
    const directory = mkdtempSync(join(tmpdir(), "berth-config-"));
    try {
      const read = () => readClientConfig({ DOCKER_CONFIG: directory });
      expect(read()).toEqual({});
      for (const broken of ["{", "null", "5"]) {
        writeFileSync(join(directory, "config.json"), broken);
        expect(read()).toEqual({});
      }
      writeFileSync(join(directory, "config.json"), '{"detachKeys":"ctrl-a"}');
      expect(read()).toEqual({ detachKeys: "ctrl-a" });
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe("credentials", () => {
  const config = {
    auths: {
      "https://index.docker.io/v1/": { auth },
      "example.test:5000": { identitytoken: "t" },
      "empty.test": {},
    },
  };

  test("of one registry", () => {
    expect(decode(registryAuth(config, "docker.io"))).toEqual({
      username: "me",
      password: "pass:word",
      serveraddress: "https://index.docker.io/v1/",
    });
    expect(decode(registryAuth(config, "example.test:5000"))).toMatchObject({ identitytoken: "t" });
    expect(registryAuth(config, "empty.test")).toBeUndefined();
    expect(registryAuth(config, "other.test")).toBeUndefined();
  });

  test("of all registries, for a build", () => {
    expect(Object.keys(decode(registryConfig(config)))).toEqual([
      "https://index.docker.io/v1/",
      "example.test:5000",
    ]);
    expect(registryConfig({})).toBeUndefined();
  });
});

test("proxies are given in both cases, those of the engine before the default ones", () => {
  const proxies = { default: { httpProxy: "a", noProxy: "n" }, "unix:///x": { httpsProxy: "b" } };
  expect(proxyVariables({ proxies }, "unix:///y")).toEqual([
    "HTTP_PROXY=a",
    "http_proxy=a",
    "NO_PROXY=n",
    "no_proxy=n",
  ]);
  expect(proxyVariables({ proxies }, "unix:///x")).toEqual(["HTTPS_PROXY=b", "https_proxy=b"]);
});
