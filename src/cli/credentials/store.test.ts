import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Plain } from "../terminal/testing/screen.ts";
import { registryAuth, registryConfig } from "./request-auth.ts";
import { HUB_KEY } from "./server-key.ts";
import { allCredentials, eraseCredentials, getCredentials, keepCredentials } from "./store.ts";

const decode = (text: string | undefined) => JSON.parse(Buffer.from(text ?? "", "base64").toString());
const entry = (text: string) => ({ auth: Buffer.from(text).toString("base64") });
const ME = { username: "me", password: "pass:word" };

describe("in the file", () => {
  const auths = {
    [HUB_KEY]: entry("me:pass:word"),
    "https://example.test:5000/v2/": { identitytoken: "t" },
    "empty.test": {},
  };

  test("found by host, however the key is written", async () => {
    expect(await getCredentials({ auths }, HUB_KEY)).toEqual(ME);
    expect(await getCredentials({ auths }, "example.test:5000")).toMatchObject({ identityToken: "t" });
    expect(await getCredentials({ auths }, "empty.test")).toBeUndefined();
    expect(await getCredentials({ auths }, "example.test")).toBeUndefined();
    expect(await getCredentials({}, "example.test")).toBeUndefined();
  });

  test("headers of one registry and of all", async () => {
    const err = new Plain();
    const one = await registryAuth({ auths }, "docker.io", err);
    expect(decode(one["X-Registry-Auth"])).toEqual({ ...ME, serveraddress: HUB_KEY });
    expect(await registryAuth({ auths }, "other.test", err)).toEqual({});
    const all = await registryConfig({ auths }, err);
    expect(Object.keys(decode(all["X-Registry-Config"]))).toEqual([HUB_KEY, "https://example.test:5000/v2/"]);
    expect(await registryConfig({}, err)).toEqual({});
    expect(err.text).toBe("");
  });

  test("kept and erased, and nothing else is changed", async () => {
    const data: Record<string, unknown> = { other: 1, auths: { "x.test": entry("a:b") } };
    expect(await keepCredentials(data, "y.test", ME)).toBe("plain");
    expect(await keepCredentials(data, "y.test", ME)).toBe("same");
    expect(data).toEqual({ other: 1, auths: { "x.test": entry("a:b"), "y.test": entry("me:pass:word") } });
    await eraseCredentials(data, "y.test");
    await eraseCredentials(data, "unknown.test");
    expect(data).toEqual({ other: 1, auths: { "x.test": entry("a:b") } });
    const urls: Record<string, unknown> = {
      auths: { "http://y.test/v2/": entry("a:b"), "https://y.test": {} },
    };
    await eraseCredentials(urls, "y.test");
    expect(urls).toEqual({ auths: {} });
  });
});

describe("with a helper", () => {
  const directory = mkdtempSync(join(tmpdir(), "berth-helper-"));
  const path = process.env.PATH;
  /** Keeps one credential in a file, as the protocol of Docker's helpers has it. */
  const HELPER = `#!/bin/sh
cd "$(dirname "$0")"
case $1 in
store) cat > kept ;;
get) [ "$(cat)" = broken.test ] && { echo "no key ring"; exit 1; }
     [ -f kept ] && cat kept || { echo "credentials not found in native keychain"; exit 1; } ;;
erase) cat > erased; rm -f kept ;;
list) [ -f kept ] && echo '{"x.test":"me"}' || echo '{}' ;;
esac
`;

  beforeAll(() => {
    process.env.PATH = `${directory}:${path}`;
    for (const [name, text] of [
      ["berth-test", HELPER],
      ["berth-noise", "#!/bin/sh\necho 'no json'\n"],
    ] as const) {
      writeFileSync(join(directory, `docker-credential-${name}`), text);
      chmodSync(join(directory, `docker-credential-${name}`), 0o755);
    }
  });
  beforeEach(() => rmSync(join(directory, "kept"), { force: true }));
  afterAll(() => {
    process.env.PATH = path;
    rmSync(directory, { recursive: true, force: true });
  });

  test("it keeps what the file then only hints at", async () => {
    const data: Record<string, unknown> = { credsStore: "berth-test" };
    expect(await getCredentials(data, "x.test")).toBeUndefined();
    expect(await keepCredentials(data, "x.test", ME)).toBe("helper");
    expect(data.auths).toEqual({ "x.test": {} });
    expect(await getCredentials(data, "x.test")).toEqual(ME);
    expect([...(await allCredentials(data))]).toEqual([["x.test", ME]]);
    await eraseCredentials(data, "x.test");
    expect(existsSync(join(directory, "kept"))).toBe(false);
    expect(data.auths).toEqual({});
  });

  test("tokens, and a helper for one registry only", async () => {
    const token = { username: "", password: "", identityToken: "t" };
    const data: Record<string, unknown> = { credHelpers: { "x.test": "berth-test" } };
    await keepCredentials(data, "x.test", token);
    expect(await getCredentials(data, "x.test")).toEqual(token);
    expect(await keepCredentials(data, "y.test", ME)).toBe("plain");
    expect([...(await allCredentials(data)).keys()].sort()).toEqual(["x.test", "y.test"]);
  });

  test("what goes wrong is said; a pull goes on without", async () => {
    const err = new Plain();
    const wrong = (credsStore: string, key = "x.test") => getCredentials({ credsStore }, key);
    await expect(wrong("berth-missing")).rejects.toThrow(
      "credential helper docker-credential-berth-missing: no such program on PATH",
    );
    await expect(wrong("berth-test", "broken.test")).rejects.toThrow(
      "docker-credential-berth-test get failed: no key ring",
    );
    await expect(wrong("berth-noise")).rejects.toThrow("gave no credentials that can be read");
    await expect(wrong("../evil")).rejects.toThrow("is no name of a credential helper");
    expect(await registryAuth({ credsStore: "berth-missing" }, "x.test", err)).toEqual({});
    expect(err.text).toBe(
      "WARNING: credential helper docker-credential-berth-missing: no such program on PATH\n",
    );
  });
});
