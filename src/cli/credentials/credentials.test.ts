import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { authConfig, credentialsOf, encodeHeader, entryOf } from "./credentials.ts";
import { HUB_KEY, hostOfKey, keyOfServer } from "./server-key.ts";

describe("entries of the configuration", () => {
  test("what is written is read again, colons in passwords too", () => {
    const name = fc.string({ minLength: 1, unit: "grapheme" }).filter((text) => !/[:\0]/.test(text));
    const secret = fc.string({ minLength: 1, unit: "grapheme" }).filter((text) => !text.endsWith("\0"));
    fc.assert(
      fc.property(name, secret, (username, password) => {
        fc.pre(username.isWellFormed() && password.isWellFormed());
        expect(credentialsOf(entryOf({ username, password }))).toEqual({ username, password });
      }),
    );
  });

  test("a token is in the place of the password", () => {
    const token = { username: "me", password: "", identityToken: "t" };
    expect(credentialsOf(entryOf(token))).toEqual(token);
    expect(authConfig(token, "x")).toEqual({ identitytoken: "t", serveraddress: "x" });
  });

  test("entries that say nothing", () => {
    for (const entry of [
      {},
      { auth: "" },
      { auth: "!!!" },
      { auth: Buffer.from("nocolon").toString("base64") },
    ]) {
      expect(credentialsOf(entry)).toBeUndefined();
    }
    expect(credentialsOf({ username: "a", password: "b" })).toEqual({ username: "a", password: "b" });
  });
});

test("headers are of the URL's alphabet, and padded", () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      const header = encodeHeader({ text });
      expect(header).toMatch(/^(?:[\w-]{4})*(?:[\w-]{2}==|[\w-]{3}=)?$/);
      expect(JSON.parse(Buffer.from(header, "base64url").toString())).toEqual({ text });
    }),
  );
});

test.each([
  ["", HUB_KEY],
  ["docker.io", HUB_KEY],
  ["index.docker.io", HUB_KEY],
  [HUB_KEY, HUB_KEY],
  ["https://registry-1.docker.io/v2/", HUB_KEY],
  ["example.test", "example.test"],
  ["http://example.test:5000/v2/", "example.test:5000"],
  ["localhost:5000/x", "localhost:5000"],
])("the key of %j is %s", (server, key) => {
  expect(keyOfServer(server)).toBe(key);
  expect(hostOfKey(key)).not.toContain("/");
});
