import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import {
  blobOf,
  pushImage,
  randomBytes,
  testClient,
  unhurried,
  withoutRegistry,
} from "../testing/client-support.ts";
import { startFaultyProxy } from "../testing/faulty-proxy.ts";
import { startRegistry, TEST_USER, type TestRegistry } from "../testing/start-registry.ts";
import type { TokenServer } from "../testing/token-server.ts";

const signal = unhurried();
const WRONG = { username: TEST_USER.username, password: "wrong" };

describe.skipIf(withoutRegistry)("a registry with basic authentication", () => {
  let registry: TestRegistry;
  beforeAll(async () => {
    registry = await startRegistry({ auth: "basic" });
  });
  afterAll(() => registry[Symbol.asyncDispose]());

  test("the right password does, others are denied in Docker's words", async () => {
    const { client, repository } = testClient();
    const image = await pushImage(repository(registry.host, "some/image", TEST_USER), "v1");
    const manifest = await repository(registry.host, "some/image", TEST_USER).manifest("v1", signal);
    expect(manifest.digest).toBe(image.digest);
    for (const auth of [undefined, WRONG]) {
      const denied = repository(registry.host, "some/image", auth).manifest("v1", signal);
      await expect(denied).rejects.toMatchObject({
        kind: "denied",
        message: `pull access denied for ${registry.host}/some/image, repository does not exist or may require 'docker login': unauthorized: authentication required`,
      });
      const push = repository(registry.host, "some/image", auth).pushBlob(blobOf(randomBytes(10)), {
        signal,
      });
      await expect(push).rejects.toMatchObject({ kind: "denied" });
    }
    expect(await client.authenticate(registry.host, TEST_USER, signal)).toEqual({
      status: "Login Succeeded",
      identityToken: "",
    });
    await expect(client.authenticate(registry.host, WRONG, signal)).rejects.toMatchObject({
      kind: "denied",
      message: expect.stringMatching(/^unauthorized: /),
    });
  });
});

describe.skipIf(withoutRegistry)("a registry with a token server", () => {
  let registry: TestRegistry;
  let tokens: TokenServer;
  beforeAll(async () => {
    registry = await startRegistry({ auth: "token" });
    tokens = registry.tokens as TokenServer;
    const { repository } = testClient();
    await pushImage(repository(registry.host, "public/image", TEST_USER), "v1");
    await pushImage(repository(registry.host, "private/image", TEST_USER), "v1");
  });
  let since = 0;
  beforeEach(() => {
    Object.assign(tokens.behaviour, {
      onlyPost: false,
      field: "token",
      lifetime: 300,
      toldLifetime: undefined,
    });
    since = tokens.asked.length;
  });
  afterAll(() => registry[Symbol.asyncDispose]());
  const asked = () => tokens.asked.slice(since);

  test("anonymous: what is public may be pulled, not pushed; what is private is denied", async () => {
    const { repository } = testClient();
    await repository(registry.host, "public/image").manifest("v1", signal);
    expect(asked()).toEqual([
      { method: "GET", scopes: ["repository:public/image:pull"], authorization: undefined, form: {} },
    ]);
    await expect(repository(registry.host, "private/image").manifest("v1", signal)).rejects.toMatchObject({
      kind: "denied",
      message: expect.stringMatching(/^pull access denied for .*\/private\/image, repository does not exist/),
    });
    const push = repository(registry.host, "public/image").pushBlob(blobOf(randomBytes(10)), { signal });
    await expect(push).rejects.toMatchObject({ kind: "denied" });
  });

  test("one token serves all requests with the same right, also at the same time", async () => {
    const { repository } = testClient();
    const repo = repository(registry.host, "private/image", TEST_USER);
    const { digest } = await repo.manifest("v1", signal);
    await Promise.all([repo.manifest(digest, signal), repo.tags(signal), repo.digestOf("v1", signal)]);
    await repository(registry.host, "private/image", TEST_USER).manifest("v1", signal);
    expect(asked()).toHaveLength(1);
    expect(asked()[0]?.authorization).toStartWith("Basic ");
  });

  test("a token is used until it expires", async () => {
    let now = 1_000_000;
    const { repository } = testClient({}, { now: () => now });
    const repo = repository(registry.host, "private/image", TEST_USER);
    tokens.behaviour.lifetime = 120;
    await repo.manifest("v1", signal);
    now += 100_000;
    await repo.manifest("v1", signal);
    expect(asked()).toHaveLength(1);
    now += 20_000;
    await repo.manifest("v1", signal);
    expect(asked()).toHaveLength(2);
  });

  test("a token the registry no longer takes is renewed once", async () => {
    const { repository } = testClient();
    const repo = repository(registry.host, "private/image", TEST_USER);
    Object.assign(tokens.behaviour, { lifetime: -1000, toldLifetime: 300 });
    await expect(repo.manifest("v1", signal)).rejects.toMatchObject({ kind: "denied" });
    tokens.behaviour.lifetime = 300;
    const before = asked().length;
    await repo.manifest("v1", signal);
    expect(asked().length - before).toBe(1);
  });

  test("OAuth2: a refresh token, and a password where GET is not answered", async () => {
    const { repository } = testClient();
    tokens.behaviour.field = "access_token";
    await repository(registry.host, "private/image", { identityToken: tokens.refreshToken }).manifest(
      "v1",
      signal,
    );
    expect(asked()[0]).toMatchObject({
      method: "POST",
      scopes: ["repository:private/image:pull"],
      form: { grant_type: "refresh_token", refresh_token: tokens.refreshToken },
    });
    tokens.behaviour.onlyPost = true;
    await repository(registry.host, "private/image", TEST_USER).manifest("v1", signal);
    expect(asked().at(-1)?.form).toMatchObject({ grant_type: "password", ...TEST_USER });
  });

  test("a token of the user's own is sent as it is", async () => {
    const url = `${tokens.realm}?service=berth-test&scope=repository:private/image:pull`;
    const basic = Buffer.from(`${TEST_USER.username}:${TEST_USER.password}`).toString("base64");
    const reply = await fetch(url, { headers: { Authorization: `Basic ${basic}` } });
    const { token } = (await reply.json()) as { token: string };
    since = tokens.asked.length;
    const { repository } = testClient();
    await repository(registry.host, "private/image", { registryToken: token }).manifest("v1", signal);
    const wrong = repository(registry.host, "private/image", { registryToken: "x" }).manifest("v1", signal);
    await expect(wrong).rejects.toMatchObject({ kind: "denied" });
    expect(asked()).toHaveLength(0);
    const split = repository(registry.host, "private/image", { registryToken: "a\r\nb: c" });
    await expect(split.manifest("v1", signal)).rejects.toMatchObject({ kind: "invalid" });
  });

  test("a mount asks for the right to read the source; without it the blob is sent", async () => {
    const { repository } = testClient();
    const blob = blobOf(randomBytes(5000));
    await repository(registry.host, "private/source", TEST_USER).pushBlob(blob, { signal });
    since = tokens.asked.length;
    const target = repository(registry.host, "private/target", TEST_USER);
    expect(await target.pushBlob(blob, { signal, from: ["private/source"] })).toBe("mounted");
    expect(asked().at(-1)?.scopes).toEqual([
      "repository:private/target:pull,push",
      "repository:private/source:pull",
    ]);
  });

  test("login: an identity token for the right password, unauthorized for the wrong one", async () => {
    const { client } = testClient();
    expect(await client.authenticate(registry.host, TEST_USER, signal)).toEqual({
      status: "Login Succeeded",
      identityToken: tokens.refreshToken,
    });
    await expect(client.authenticate(registry.host, WRONG, signal)).rejects.toMatchObject({
      kind: "denied",
      message: "unauthorized: incorrect username or password",
    });
  });
});

describe.skipIf(withoutRegistry)("a hostile registry", () => {
  test("does not get credentials sent anywhere in the clear, nor to what is no URL", async () => {
    await using line = await startFaultyProxy({ host: "127.0.0.1:1" });
    const { repository } = testClient();
    const attempt = async (challenge: string) => {
      line.fault = () => ({ kind: "reply", status: 401, headers: { "www-authenticate": challenge } });
      const error = await repository(line.host, "some/image", TEST_USER)
        .manifest("v1", signal)
        .catch((thrown: Error) => thrown);
      return (error as Error).message;
    };
    expect(await attempt('Bearer realm="ftp://127.0.0.1/"')).toContain("not https: refused");
    expect(await attempt('Bearer realm="nonsense"')).toContain("not a URL");
    expect(await attempt('Bearer realm="http://u:p@127.0.0.1/"')).toContain("refused");
    expect(await attempt("Negotiate")).toContain("pull access denied");
    expect(await attempt("")).toContain("pull access denied");
  });
});
