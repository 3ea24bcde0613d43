import { describe, expect, test } from "bun:test";
import { denied, notFound, unavailable } from "../../core/index.ts";
import type { Registries, RegistryAuth } from "../../registry/index.ts";
import { eventually, startServer } from "../test-support.ts";

const ME = { username: "me", password: "secret" };
const HEADERS = { "X-Registry-Auth": Buffer.from(JSON.stringify(ME)).toString("base64url") };
const DIGEST = `sha256:${"a".repeat(64)}` as const;
const ARM = encodeURIComponent('{"os":"linux","architecture":"arm64"}');

const startWith = (registries: Partial<Registries>) => startServer({ registries });
const message = async (reply: Response) => [
  reply.status,
  ((await reply.json()) as { message: string }).message,
];

describe("pull", () => {
  test("reads its query, and streams what is said", async () => {
    const asked: unknown[] = [];
    await using server = await startWith({
      pull: async (name, { signal: _, auth, ...options }, progress) => {
        asked.push([name, options, auth]);
        progress({ status: "Pulling from library/a", id: "1" });
        progress({ status: `Digest: ${DIGEST}` });
      },
    });
    const pull = (query: string) =>
      server.fetch(`/images/create?${query}`, { method: "POST", headers: HEADERS });
    const reply = await pull("fromImage=a&tag=1&platform=linux/arm64&all-platforms=1");
    expect([reply.status, reply.headers.get("content-type"), await reply.text()]).toEqual([
      200,
      "application/json",
      `{"status":"Pulling from library/a","id":"1"}\r\n{"status":"Digest: ${DIGEST}"}\r\n`,
    ]);
    for (const query of ["fromImage=reg.example:5000/a/b:2", `fromImage=a&tag=${DIGEST}`, "fromImage=a"]) {
      expect((await pull(query)).status).toBe(200);
    }
    const one = { platform: undefined, allPlatforms: false, allTags: false };
    expect(asked).toEqual([
      ["a:1", { platform: "linux/arm64", allPlatforms: true, allTags: false }, expect.objectContaining(ME)],
      ["reg.example:5000/a/b:2", one, expect.objectContaining(ME)],
      [`a@${DIGEST}`, one, expect.objectContaining(ME)],
      ["a", { ...one, allTags: true }, expect.objectContaining(ME)],
    ]);
  });

  test("what fails before the first line is a status; a refusal is a 404, as Docker's clients expect", async () => {
    const errors = [
      notFound("manifest for a:1 not found: manifest unknown"),
      denied("pull access denied for a"),
    ];
    await using server = await startWith({
      pull: () => Promise.reject(errors.shift() ?? unavailable("lost")),
    });
    const pull = () => server.fetch("/images/create?fromImage=a&tag=1", { method: "POST" });
    expect(await message(await pull())).toEqual([404, "manifest for a:1 not found: manifest unknown"]);
    expect(await message(await pull())).toEqual([404, "pull access denied for a"]);
    expect(await message(await pull())).toEqual([503, "lost"]);
  });

  test("what fails later is a last line", async () => {
    await using server = await startWith({
      pull: async (_name, _options, progress) => {
        progress({ status: "Pulling" });
        throw denied("no");
      },
    });
    const reply = await server.fetch("/images/create?fromImage=a", { method: "POST" });
    expect([reply.status, await reply.text()]).toEqual([
      200,
      '{"status":"Pulling"}\r\n{"errorDetail":{"message":"no"},"error":"no"}\r\n',
    ]);
  });

  test.each([
    "fromImage=",
    "fromImage=UPPER",
    "fromImage=a&tag=!",
    "fromImage=a&tag=sha256:1",
    "fromImage=a&platform=a/b/c/d",
  ])("%s is refused", async (query) => {
    await using server = await startServer();
    expect((await server.fetch(`/images/create?${query}`, { method: "POST" })).status).toBe(400);
  });

  test("a client that goes away ends it", async () => {
    let aborted = false;
    await using server = await startWith({
      pull: async (_name, { signal }, progress) => {
        progress({ status: "Pulling" });
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        aborted = true;
      },
    });
    const client = await server.connect();
    client.send("POST /images/create?fromImage=a&tag=1 HTTP/1.1\r\nHost: d\r\n\r\n");
    await client.until("Pulling");
    expect(aborted).toBe(false);
    client.close();
    await eventually(() => aborted);
  });
});

describe("push", () => {
  test("one tag or all of them, one platform or all of them", async () => {
    const asked: unknown[] = [];
    await using server = await startWith({
      push: async (name, { platform, allTags, auth }, progress) => {
        asked.push([name, platform, allTags, auth?.username]);
        progress({ status: "The push refers to repository [docker.io/library/a]" });
      },
    });
    const push = (path: string) => server.fetch(path, { method: "POST", headers: HEADERS });
    expect((await push(`/images/reg.example/a/b/push?tag=1&platform=${ARM}`)).status).toBe(200);
    expect((await push("/images/a/push")).status).toBe(200);
    expect((await push("/v1.45/images/a/push?tag=2&platform=ignored")).status).toBe(200);
    expect(asked).toEqual([
      ["reg.example/a/b:1", "linux/arm64", false, "me"],
      ["a", undefined, true, "me"],
      ["a:2", undefined, false, "me"],
    ]);
    expect((await push("/images/a/push?tag=1&platform=linux/arm64")).status).toBe(400);
    expect((await push(`/images/a/push?tag=${DIGEST}`)).status).toBe(400);
  });
});

describe("login", () => {
  const login = (server: { fetch: (path: string, init: RequestInit) => Promise<Response> }, body: unknown) =>
    server.fetch("/auth", {
      method: "POST",
      body: JSON.stringify(body),
      headers: { "Content-Type": "application/json" },
    });

  test("hands the credentials over, and says whether they are right", async () => {
    const asked: unknown[] = [];
    await using server = await startWith({
      authenticate: async (address: string, auth: RegistryAuth) => {
        asked.push([address, auth.username, auth.password, auth.identityToken]);
        if (auth.password === "wrong") throw denied("unauthorized: incorrect username or password");
        return { status: "Login Succeeded", identityToken: "t" };
      },
    });
    const right = await login(server, { ...ME, serveraddress: "reg.example:5000" });
    expect([right.status, await right.text()]).toEqual([
      200,
      '{"IdentityToken":"t","Status":"Login Succeeded"}\n',
    ]);
    await login(server, { identitytoken: "old" });
    expect(await message(await login(server, { username: "me", password: "wrong" }))).toEqual([
      401,
      "unauthorized: incorrect username or password",
    ]);
    expect(asked).toEqual([
      ["reg.example:5000", "me", "secret", undefined],
      ["", undefined, undefined, "old"],
      ["", "me", "wrong", undefined],
    ]);
  });

  test("a body that is none is refused", async () => {
    await using server = await startServer();
    expect((await server.fetch("/auth", { method: "POST" })).status).toBe(400);
    expect((await login(server, null)).status).toBe(400);
    expect((await login(server, { serveraddress: 5 })).status).toBe(400);
  });
});

describe("search", () => {
  test("limits, filters and results", async () => {
    const asked: unknown[] = [];
    const found = [{ name: "a", description: "", star_count: 1, is_official: true, is_automated: false }];
    await using server = await startWith({
      search: async (term, { limit, filters, auth }) => {
        asked.push([term, limit, [...filters], auth?.username]);
        return found;
      },
    });
    const filters = encodeURIComponent('{"stars":["3"],"is-official":{"true":true}}');
    const reply = await server.fetch(`/images/search?term=a&filters=${filters}`, { headers: HEADERS });
    expect(await reply.json()).toEqual(found);
    await server.fetch("/images/search?term=a&limit=100");
    expect(asked).toEqual([
      [
        "a",
        25,
        [
          ["stars", ["3"]],
          ["is-official", ["true"]],
        ],
        "me",
      ],
      ["a", 100, [], undefined],
    ]);
    const refused = async (query: string) => message(await server.fetch(`/images/search?${query}`));
    expect(await refused("term=a&limit=200")).toEqual([400, "limit 200 is outside the range of [1, 100]"]);
    expect(await refused("term=a&limit=x")).toEqual([
      400,
      'invalid limit specified: strconv.Atoi: parsing "x": invalid syntax',
    ]);
    expect(await refused(`term=a&filters=${encodeURIComponent('{"x":["y"]}')}`)).toEqual([
      400,
      "invalid filter 'x'",
    ]);
    expect(await refused("term=")).toEqual([400, "the term to search for is missing"]);
  });
});

describe("what a registry has", () => {
  test("descriptor, tags", async () => {
    const names: unknown[] = [];
    await using server = await startWith({
      distribution: async (name, auth) => {
        names.push([name, auth?.username]);
        return {
          Descriptor: { mediaType: "m/t", digest: DIGEST, size: 5 },
          Platforms: [{ os: "linux", architecture: "amd64" }],
        };
      },
      tags: async (name) => {
        names.push(name);
        return ["1", "2"];
      },
    });
    const reply = await server.fetch("/distribution/reg.example:5000/a/b:1/json", { headers: HEADERS });
    expect(await reply.json()).toEqual({
      Descriptor: { mediaType: "m/t", digest: DIGEST, size: 5 },
      Platforms: [{ os: "linux", architecture: "amd64" }],
    });
    expect(await (await server.fetch("/distribution/a/b/tags")).json()).toEqual({
      Name: "a/b",
      Tags: ["1", "2"],
    });
    expect(names).toEqual([["reg.example:5000/a/b:1", "me"], "a/b"]);
    expect((await server.fetch("/distribution/UP/json")).status).toBe(400);
  });

  test("referrers", async () => {
    const referrers = [{ mediaType: "m/t", digest: DIGEST, size: 5, artifactType: "a/b" }];
    await using server = await startWith({
      referrers: async (name, auth) => {
        if (name !== "reg.example:5000/a/b:1" || auth?.username !== "me") throw notFound("manifest unknown");
        return { digest: DIGEST, referrers };
      },
    });
    const get = (name: string) => server.fetch(`/distribution/${name}/referrers`, { headers: HEADERS });
    expect(await (await get("reg.example:5000/a/b:1")).json()).toEqual({
      Name: "reg.example:5000/a/b:1",
      Digest: DIGEST,
      Referrers: referrers,
    });
    expect(await message(await get("a:2"))).toEqual([404, "manifest unknown"]);
    expect((await get("UP")).status).toBe(400);
  });

  test("a manifest goes through as it is, in both directions", async () => {
    const bytes = new Uint8Array([123, 0, 255, 125]);
    let mediaType = "application/vnd.oci.image.index.v1+json";
    const put: unknown[] = [];
    await using server = await startWith({
      manifest: async () => ({ digest: DIGEST, mediaType, bytes }),
      putManifest: async (name, given, auth, _signal, from) => {
        put.push(name, given.mediaType, [...given.bytes], auth?.username, from);
        return DIGEST;
      },
    });
    const got = await server.fetch("/distribution/a:1/manifest");
    expect([got.headers.get("content-type"), got.headers.get("docker-content-digest")]).toEqual([
      mediaType,
      DIGEST,
    ]);
    expect(new Uint8Array(await got.arrayBuffer())).toEqual(bytes);
    const headers = { ...HEADERS, "Content-Type": mediaType };
    const sent = await server.fetch("/distribution/a:2/manifest?from=library/b", {
      method: "PUT",
      body: bytes,
      headers,
    });
    expect([sent.status, await sent.text()]).toEqual([201, `{"Digest":"${DIGEST}"}\n`]);
    expect(put).toEqual(["a:2", mediaType, [...bytes], "me", "library/b"]);
    // A registry's word is no header of ours.
    mediaType = "a/b\r\nX-Evil: 1";
    const evil = await server.fetch("/distribution/a:1/manifest");
    expect([evil.headers.get("content-type"), evil.headers.get("x-evil")]).toEqual([
      "application/octet-stream",
      null,
    ]);
    await evil.arrayBuffer();
    const large = new Uint8Array(4 * 1024 * 1024 + 1);
    expect(
      (await server.fetch("/distribution/a:2/manifest", { method: "PUT", body: large, headers })).status,
    ).toBe(400);
    const typeless = await server.exchange(
      "PUT /distribution/a:2/manifest HTTP/1.1\r\nHost: d\r\nContent-Length: 0\r\nConnection: close\r\n\r\n",
    );
    expect(typeless).toStartWith("HTTP/1.1 400");
  });
});
