import { describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { proxyVariables, readClientConfig } from "./client-config.ts";

describe("readClientConfig", () => {
  test("a file that is missing or broken is an empty configuration", () => {
    const directory = mkdtempSync(join(tmpdir(), "berth-config-"));
    try {
      const read = () => readClientConfig(directory);
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
