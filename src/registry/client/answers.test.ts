import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { digestOf } from "../../core/index.ts";
import { collect, pushImage, testClient, unhurried, withoutRegistry } from "../testing/client-support.ts";
import { type Fault, type FaultyProxy, startFaultyProxy } from "../testing/faulty-proxy.ts";
import { startRegistry, type TestRegistry } from "../testing/start-registry.ts";

const signal = unhurried();
const OCI_INDEX = "application/vnd.oci.image.index.v1+json";
const json = (value: unknown, headers: object = {}): Fault => ({
  kind: "reply",
  status: 200,
  headers: { "content-type": "application/json", ...headers },
  body: JSON.stringify(value),
});

/** A server of which every answer is the test's. */
describe("answers of a registry", () => {
  let server: FaultyProxy;
  beforeAll(async () => {
    server = await startFaultyProxy({ host: "127.0.0.1:1" });
  });
  afterAll(() => server[Symbol.asyncDispose]());
  const answer = (fault: (path: string, times: number, method: string) => Fault) => {
    const before = server.requests.length;
    server.fault = ({ path, method }) =>
      path === "/v2/"
        ? { kind: "reply", status: 200 }
        : fault(path, server.requests.slice(before).filter((seen) => seen.path !== "/v2/").length, method);
  };
  const manifest = (timing = {}) => {
    const { repository, pauses } = testClient({}, timing);
    return { pauses, result: repository(server.host).manifest("v1", signal) };
  };

  test("429: waits as long as the registry says, in seconds or until a date", async () => {
    const body = { schemaVersion: 2, manifests: [] };
    const now = Date.parse("Wed, 21 Oct 2026 07:28:00 GMT");
    for (const after of ["7", "Wed, 21 Oct 2026 07:28:07 GMT"]) {
      answer((_path, times) =>
        times === 1 ? { kind: "reply", status: 429, headers: { "retry-after": after } } : json(body),
      );
      const { pauses, result } = manifest({ now: () => now });
      expect((await result).mediaType).toBe(OCI_INDEX);
      expect(pauses).toEqual([7000]);
    }
  });

  test("429 for hours is told at once, 429 without a time after a few attempts", async () => {
    const body = JSON.stringify({
      errors: [{ code: "TOOMANYREQUESTS", message: "You have reached your limit." }],
    });
    for (const [headers, attempts] of [
      [{ "retry-after": "3600" }, 1],
      [{}, 3],
    ] as const) {
      answer(() => ({ kind: "reply", status: 429, headers, body }));
      const { pauses, result } = manifest();
      await expect(result).rejects.toMatchObject({
        kind: "unavailable",
        message: "toomanyrequests: You have reached your limit.",
      });
      expect(pauses).toHaveLength(attempts - 1);
    }
  });

  test("a web page is called a web page, other nonsense nonsense", async () => {
    const html = "<!DOCTYPE html><title>Welcome</title>";
    answer(() => ({ kind: "reply", status: 200, headers: { "content-type": "text/html" }, body: html }));
    await expect(manifest().result).rejects.toMatchObject({
      kind: "invalid",
      message: `${server.host} answered 200 with a web page (HTML) instead of JSON: is it a registry?`,
    });
    answer(() => ({ kind: "reply", status: 404, body: html }));
    await expect(manifest().result).rejects.toThrow("404 with a web page");
    answer(() => ({ kind: "reply", status: 200, body: "{" }));
    await expect(manifest().result).rejects.toThrow("is not JSON");
    answer(() => json({ manifests: "all" }));
    await expect(manifest().result).rejects.toThrow("is not as expected at manifests");
    answer(() => json({ schemaVersion: 2 }));
    await expect(manifest().result).rejects.toThrow("neither an image manifest nor an index");
    answer(() => ({ kind: "reply", status: 200, headers: { "content-type": "x" }, body: "\u001b[31m" }));
    await expect(manifest().result).rejects.toMatchObject({ kind: "invalid" });
    answer(() => ({ kind: "reply", status: 400, body: "\u001b[31mred\r\nalert" }));
    await expect(manifest().result).rejects.toThrow(/^ ?\[31mred alert$/);
  });

  test("a manifest of 50 MB is refused without being read, with a length and without", async () => {
    let produced = 0;
    const endless = async function* () {
      for (; produced < 50 << 20; produced += 1 << 16) yield new Uint8Array(1 << 16);
    };
    answer(() => ({
      kind: "reply",
      status: 200,
      headers: { "content-length": String(50 << 20) },
      body: endless(),
    }));
    await expect(manifest().result).rejects.toMatchObject({
      kind: "invalid",
      message: expect.stringContaining("larger than 4194304 bytes"),
    });
    answer(() => ({ kind: "reply", status: 200, body: endless() }));
    await expect(manifest().result).rejects.toThrow("larger than");
    expect(produced).toBeLessThan(50 << 20);
  });

  test("schema 1 is refused with a sentence, by its type or by what it is", async () => {
    const type = "application/vnd.docker.distribution.manifest.v1+prettyjws";
    answer(() =>
      json({ schemaVersion: 1 }, { "content-type": type, "docker-content-digest": digestOf("x") }),
    );
    const { repository } = testClient();
    const repo = repository(server.host);
    for (const ask of [() => repo.manifest("v1", signal), () => repo.digestOf("v1", signal)]) {
      await expect(ask()).rejects.toMatchObject({
        kind: "unsupported",
        message: expect.stringContaining("schema 1"),
      });
    }
    answer(() => json({ schemaVersion: 1 }));
    await expect(manifest().result).rejects.toMatchObject({ kind: "unsupported" });
  });

  test("a digest that HEAD does not tell is found by GET", async () => {
    const body = { schemaVersion: 2, manifests: [] };
    answer((_path, _times, method) => (method === "HEAD" ? { kind: "reply", status: 405 } : json(body)));
    expect(await testClient().repository(server.host).digestOf("v1", signal)).toEqual({
      digest: digestOf(JSON.stringify(body)),
      mediaType: OCI_INDEX,
      size: JSON.stringify(body).length,
    });
  });

  test("tags: the next page is followed on the same host only, and not for ever", async () => {
    const { repository } = testClient();
    const tags = () => repository(server.host).tags(signal);
    answer((path) =>
      path.includes("last=b")
        ? json({ tags: ["c"] })
        : json({ tags: ["a", "b"] }, { link: '</v2/some/image/tags/list?last=b&n=2>; rel="next"' }),
    );
    expect(await tags()).toEqual(["a", "b", "c"]);
    answer(() => json({ tags: null }));
    expect(await tags()).toEqual([]);
    answer(() => json({ tags: [] }, { link: "<http://127.0.0.2:1/x>; rel=next" }));
    await expect(tags()).rejects.toThrow("next page on another host");
    answer(() => json({ tags: ["a"] }, { link: "</v2/again>; rel=next" }));
    await expect(tags()).rejects.toThrow("more tags than can be listed");
    answer(() => json({ tags: ["../../x"] }));
    await expect(tags()).rejects.toMatchObject({ kind: "invalid" });
  });

  test("referrers: as the registry sent them, or joined from pages", async () => {
    const { repository } = testClient();
    const one = { mediaType: "m", digest: digestOf("1"), size: 1 };
    const two = { mediaType: "m", digest: digestOf("2"), size: 2 };
    const subject = digestOf("subject");
    answer(() => json({ schemaVersion: 2, manifests: [one] }));
    const single = await repository(server.host).referrers(subject, signal);
    expect(single.digest).toBe(digestOf(JSON.stringify({ schemaVersion: 2, manifests: [one] })));
    answer((path) =>
      path.includes("page2")
        ? json({ schemaVersion: 2, manifests: [two] })
        : json({ schemaVersion: 2, manifests: [one] }, { link: "</v2/page2>; rel=next" }),
    );
    const joined = await repository(server.host).referrers(subject, signal);
    expect(JSON.parse(Buffer.from(joined.bytes).toString())).toMatchObject({ manifests: [one, two] });
    expect(joined.digest).toBe(digestOf(joined.bytes));
  });

  test("search: the term's own registry, within limits", async () => {
    const { client } = testClient();
    const result = { name: "a/b", star_count: 3, is_official: true, more: 1 };
    answer(() => json({ results: [result, { ...result, description: "d" }] }));
    const found = await client.search(`${server.host}/a&b`, { limit: 1, signal });
    expect(found).toEqual([
      { name: "a/b", description: "", star_count: 3, is_official: true, is_automated: false },
    ]);
    expect(server.requests.at(-1)?.path).toBe("/v1/search?q=a%26b&n=1");
    await expect(client.search("x", { limit: 101, signal })).rejects.toThrow("outside the range of [1, 100]");
  });

  test("a name nobody has is told at once, a registry that goes away after some attempts", async () => {
    const { repository, pauses } = testClient();
    const nobody = repository("127.0.0.1:1").manifest("v1", signal);
    await expect(nobody).rejects.toMatchObject({
      kind: "unavailable",
      message: "dial 127.0.0.1:1: connection refused: is a registry running there?",
    });
    expect(pauses).toEqual([]);
  });
});

describe.skipIf(withoutRegistry)("mirrors of Docker Hub", () => {
  let registry: TestRegistry;
  let line: FaultyProxy;
  beforeAll(async () => {
    registry = await startRegistry();
    line = await startFaultyProxy(registry);
  });
  beforeEach(() => {
    line.fault = () => undefined;
  });
  afterAll(async () => {
    await line[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  test("the first that works answers, without the user's credentials; what it breaks off the next goes on with", async () => {
    const image = await pushImage(testClient().repository(registry.host, "library/small"), "v1", 200_000);
    const mirrors = ["http://127.0.0.1:1", `http://${line.host}`, registry.url];
    const { repository, messages } = testClient({ mirrors });
    const auth = { username: "someone", password: "of the hub" };
    const hub = repository("docker.io", "library/small", auth);
    expect((await hub.manifest("v1", signal)).digest).toBe(image.digest);
    expect(messages[0]).toStartWith("mirror 127.0.0.1:1 for small: dial 127.0.0.1:1: connection refused");
    line.fault = ({ path }) => (path.includes("/blobs/") ? { kind: "cut", after: 70_000 } : undefined);
    expect(digestOf(await collect(hub.blob(image.layer, 0, signal)))).toBe(image.layer.digest);
    expect(line.requests.every(({ headers }) => headers.authorization === undefined)).toBe(true);
    expect(() => testClient({ mirrors: ["ftp://x"] })).toThrow("invalid mirror");
  });

  test("a layer the registry does not have is fetched from the manifest's URLs, over https or loopback", async () => {
    const repo = testClient().repository(registry.host, "library/small");
    const { layer } = await pushImage(repo, "v2", 5000);
    const elsewhere = testClient().repository(registry.host, "library/empty");
    const url = `http://${line.host}/v2/library/small/blobs/${layer.digest}`;
    const urls = ["http://192.0.2.1/x", "nonsense", url];
    expect(digestOf(await collect(elsewhere.blob({ ...layer, urls }, 0, signal)))).toBe(layer.digest);
    const missing = elsewhere.blob({ ...layer, urls: ["http://192.0.2.1/x"] }, 0, signal);
    await expect(collect(missing)).rejects.toThrow("not an https URL");
  });
});
