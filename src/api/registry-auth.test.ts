import { expect, test } from "bun:test";
import fc from "fast-check";
import { registryAuth, registryConfig } from "./registry-auth.ts";

const request = (name: string, value: string | undefined) =>
  ({ head: { headers: new Map(value === undefined ? [] : [[name, value]]) } }) as never;
const single = (value: string | undefined) => registryAuth(request("x-registry-auth", value));
const several = (value: string | undefined) => registryConfig(request("x-registry-config", value));
const json = (value: unknown) => Buffer.from(JSON.stringify(value));

test("both alphabets of base64, with and without padding", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1 }), fc.string({ minLength: 1 }), (username, password) => {
      const bytes = json({ username, password, serveraddress: "x" });
      const url = bytes.toString("base64url");
      const padded = url.padEnd(Math.ceil(url.length / 4) * 4, "=");
      const standard = bytes.toString("base64");
      for (const text of [url, padded, standard, standard.replace(/=+$/, "")]) {
        expect(single(text)).toMatchObject({ username, password });
      }
    }),
  );
});

test("tokens, and name and password in one", () => {
  expect(single(json({ identitytoken: "t" }).toString("base64"))).toMatchObject({ identityToken: "t" });
  expect(single(json({ registrytoken: "r" }).toString("base64"))).toMatchObject({ registryToken: "r" });
  const auth = Buffer.from("me:pass:word").toString("base64");
  expect(single(json({ auth }).toString("base64"))).toMatchObject({ username: "me", password: "pass:word" });
});

test("what says nothing is nobody", () => {
  for (const value of [
    undefined,
    "",
    "!!!",
    "e30",
    "e30=",
    json(null),
    json([]),
    json(5),
    json({ username: 5 }),
  ]) {
    const text = typeof value === "object" ? value.toString("base64") : value;
    expect(single(text)).toBeUndefined();
    expect([...several(text)]).toEqual([]);
  }
});

test("whatever is sent, nothing breaks", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json().map((text) => Buffer.from(text).toString("base64")),
      ),
      (text) => {
        for (const auth of [single(text), ...several(text).values()]) {
          for (const part of Object.values(auth ?? {}))
            expect(["string", "undefined"]).toContain(typeof part);
        }
      },
    ),
  );
});

test("credentials of many registries", () => {
  const known = several(
    json({ "https://index.docker.io/v1/": { username: "a", password: "b" }, "x:5000": {}, y: 5 }).toString(
      "base64",
    ),
  );
  expect([...known.keys()]).toEqual(["https://index.docker.io/v1/"]);
  expect(known.get("https://index.docker.io/v1/")).toMatchObject({ username: "a", password: "b" });
});
