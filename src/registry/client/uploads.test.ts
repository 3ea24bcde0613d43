import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { digestOf } from "../../core/index.ts";
import {
  blobOf,
  collect,
  MANIFEST_TYPE,
  manifestOf,
  randomBytes,
  testClient,
  unhurried,
  withoutRegistry,
} from "../testing/client-support.ts";
import { type FaultyProxy, type SeenRequest, startFaultyProxy } from "../testing/faulty-proxy.ts";
import { startRegistry, type TestRegistry } from "../testing/start-registry.ts";

const SIZE = 5_000_000;

describe.skipIf(withoutRegistry)("uploads through a bad line", () => {
  let registry: TestRegistry;
  let line: FaultyProxy;
  const signal = unhurried();
  beforeAll(async () => {
    registry = await startRegistry();
    line = await startFaultyProxy(registry);
  });
  let since = 0;
  beforeEach(() => {
    line.fault = () => undefined;
    since = line.requests.length;
  });
  afterAll(async () => {
    await line[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  const seen = (method: string) => line.requests.slice(since).filter((one) => one.method === method);
  const first = (request: SeenRequest, method: string) =>
    request.method === method && seen(method).length === 1;
  const push = async (options: { timing?: object; size?: number } = {}) => {
    const content = randomBytes(options.size ?? SIZE);
    const blob = blobOf(content);
    const sent: number[] = [];
    const { repository, pauses } = testClient({}, options.timing);
    const repo = repository(line.host, "some/upload");
    const pushed = await repo.pushBlob(blob, { signal, onProgress: (bytes) => sent.push(bytes) });
    const back = await collect(repository(registry.host, "some/upload").blob(blob, 0, signal));
    expect(digestOf(back)).toBe(blob.digest);
    return { pushed, blob, sent, pauses };
  };

  test("one POST and one PUT, when all is well", async () => {
    const { pushed, sent } = await push();
    expect(pushed).toBe("uploaded");
    expect(sent.at(-1)).toBe(SIZE);
    expect([seen("POST"), seen("PUT"), seen("PATCH")].map((list) => list.length)).toEqual([1, 1, 0]);
    expect(seen("PUT")[0]?.headers["content-length"]).toBe(String(SIZE));
  });

  test("a cut upload goes on in pieces", async () => {
    line.fault = (request) => (first(request, "PUT") ? { kind: "cutRequest", after: 2_000_000 } : undefined);
    const { pauses, sent } = await push();
    expect(pauses).toHaveLength(1);
    expect(sent.at(-1)).toBe(SIZE);
    expect(seen("PATCH").length).toBeGreaterThan(0);
    expect(seen("PUT").at(-1)?.headers["content-length"]).toBe("0");
  });

  test("a cut piece of which the registry has lost count: the upload is begun again", async () => {
    line.fault = (request) => {
      if (request.method === "POST") return { kind: "change", reply: { "oci-chunk-min-length": "1000" } };
      return first(request, "PATCH") ? { kind: "cutRequest", after: 3_000_000 } : undefined;
    };
    const { blob } = await push();
    expect(seen("PATCH").map(({ headers }) => headers["content-range"])).toEqual(
      Array(2).fill(`0-${SIZE - 1}`),
    );
    expect(blob.reads).toEqual([0, 0]);
  });

  test("a cut piece goes on from the byte the registry names", async () => {
    line.fault = (request) => {
      if (request.method === "POST") return { kind: "change", reply: { "oci-chunk-min-length": "1000" } };
      if (first(request, "PATCH")) return { kind: "cutRequest", after: 3_000_000 };
      if (seen("PATCH").length === 0 || request.path === "/v2/") return undefined;
      if (request.method === "GET") return { kind: "reply", status: 204, headers: { range: "0-2999999" } };
      return { kind: "reply", status: request.method === "PUT" ? 201 : 202 };
    };
    const blob = blobOf(randomBytes(SIZE));
    expect(await testClient().repository(line.host).pushBlob(blob, { signal })).toBe("uploaded");
    expect(blob.reads).toEqual([0, 3_000_000]);
    expect(seen("PATCH").at(-1)?.headers).toMatchObject({
      "content-range": `3000000-${SIZE - 1}`,
      "content-length": "2000000",
    });
  });

  test("a piece that failed is sent again, those before it are not", async () => {
    line.fault = (request) => {
      if (request.method === "POST") return { kind: "change", reply: { "oci-chunk-min-length": "1000" } };
      return request.method === "PATCH" && seen("PATCH").length === 2
        ? { kind: "reply", status: 502 }
        : undefined;
    };
    const { blob } = await push({ size: (32 << 20) + 1000 });
    expect(blob.reads).toEqual([0, 32 << 20]);
  });

  test("a registry that wants pieces gets none shorter than it says", async () => {
    line.fault = ({ method }) =>
      method === "POST" ? { kind: "change", reply: { "oci-chunk-min-length": String(36 << 20) } } : undefined;
    const size = (36 << 20) + 1000;
    await push({ size });
    const ranges = seen("PATCH").map(({ headers }) => headers["content-range"]);
    expect(ranges).toEqual([`0-${(36 << 20) - 1}`, `${36 << 20}-${size - 1}`]);
  });

  test("a refusal in the middle of the upload is read, not lost in a broken pipe", async () => {
    line.fault = ({ method }) =>
      method === "PUT"
        ? { kind: "reply", status: 403, body: '{"errors":[{"code":"DENIED","message":"quota exceeded"}]}' }
        : undefined;
    await expect(push()).rejects.toMatchObject({ kind: "denied", message: "denied: quota exceeded" });
    // What was begun is taken back.
    while (seen("DELETE").length === 0) await Bun.sleep(5);
  });

  test("too large for one request: in pieces", async () => {
    line.fault = (request) => (first(request, "PUT") ? { kind: "reply", status: 413 } : undefined);
    expect((await push()).pushed).toBe("uploaded");
    expect(seen("PATCH")).toHaveLength(1);
  });

  test("an upload the registry has forgotten is begun again", async () => {
    line.fault = (request) => (first(request, "PUT") ? { kind: "reply", status: 404 } : undefined);
    expect((await push()).pushed).toBe("uploaded");
  });

  test("a registry that never takes it is given up", async () => {
    line.fault = ({ method }) =>
      method === "PUT" || method === "PATCH" ? { kind: "reply", status: 500 } : undefined;
    await expect(push()).rejects.toMatchObject({ kind: "unavailable" });
  });

  test("a source with other bytes than announced", async () => {
    const { repository } = testClient();
    const content = randomBytes(1000);
    const short = { ...blobOf(content), size: 1001 };
    await expect(repository(line.host).pushBlob(short, { signal })).rejects.toMatchObject({
      kind: "internal",
    });
    const wrong = { ...blobOf(content), digest: digestOf("something else") };
    await expect(repository(line.host).pushBlob(wrong, { signal })).rejects.toMatchObject({
      kind: "invalid",
      message: expect.stringContaining("digest"),
    });
    const failing = {
      ...blobOf(content),
      // biome-ignore lint/correctness/useYield: it fails before its first piece
      async *read(): AsyncGenerator<Uint8Array> {
        throw new Error("the disk is gone");
      },
    };
    await expect(repository(line.host).pushBlob(failing, { signal })).rejects.toThrow("the disk is gone");
  });

  test("aborted in the middle: the source is let go and the upload taken back", async () => {
    const controller = new AbortController();
    let closed = false;
    const blob = {
      ...blobOf(new Uint8Array()),
      digest: digestOf("never sent to its end"),
      size: 1 << 30,
      async *read() {
        try {
          for (;;) yield new Uint8Array(1 << 16);
        } finally {
          closed = true;
        }
      },
    };
    const onProgress = (sent: number) => {
      if (sent > 4 << 20) controller.abort(new Error("enough"));
    };
    const { repository } = testClient();
    const pushing = repository(line.host).pushBlob(blob, { signal: controller.signal, onProgress });
    await expect(pushing).rejects.toThrow("enough");
    while (!closed) await Bun.sleep(1);
    while (seen("DELETE").length === 0) await Bun.sleep(5);
  });

  test("a Location on another host gets the blob, not the credentials", async () => {
    await using elsewhere = await startFaultyProxy({ host: "127.0.0.1:1" });
    elsewhere.fault = () => ({ kind: "reply", status: 201 });
    line.fault = ({ headers, path, method }) => {
      if (path === "/v2/") return undefined;
      if (!headers.authorization) {
        return { kind: "reply", status: 401, headers: { "www-authenticate": "Basic realm=x" } };
      }
      const location = `http://${elsewhere.host}/store?id=1`;
      return { kind: "reply", status: method === "POST" ? 202 : 404, headers: { location } };
    };
    const blob = blobOf(randomBytes(1000));
    const auth = { username: "u", password: "p" };
    expect(await testClient().repository(line.host, "a/b", auth).pushBlob(blob, { signal })).toBe("uploaded");
    expect(line.requests.at(-1)?.headers.authorization).toStartWith("Basic ");
    expect(elsewhere.requests).toHaveLength(1);
    expect(elsewhere.requests[0]).toMatchObject({
      path: `/store?id=1&digest=${encodeURIComponent(blob.digest)}`,
      headers: { "content-length": "1000" },
    });
    expect(elsewhere.requests[0]?.headers.authorization).toBeUndefined();
  });

  test("aborted while the source hangs: nobody waits for it", async () => {
    const controller = new AbortController();
    const blob = {
      ...blobOf(randomBytes(1000)),
      async *read() {
        yield new Uint8Array(10);
        controller.abort(new Error("enough"));
        await new Promise(() => undefined);
      },
    };
    const pushing = testClient().repository(line.host).pushBlob(blob, { signal: controller.signal });
    await expect(pushing).rejects.toThrow("enough");
  });

  test("a manifest goes again after a 503, and one stored under another digest is told", async () => {
    const { repository } = testClient();
    const repo = repository(line.host, "some/upload");
    const config = blobOf(Buffer.from("{}"));
    await repo.pushBlob(config, { signal });
    const manifest = { mediaType: MANIFEST_TYPE, bytes: manifestOf(config, []) };
    line.fault = (request) => (first(request, "PUT") ? { kind: "reply", status: 503 } : undefined);
    since = line.requests.length;
    expect(await repo.pushManifest("v1", manifest, signal)).toBe(digestOf(manifest.bytes));
    const other = digestOf("another");
    line.fault = () => ({ kind: "change", reply: { "docker-content-digest": other } });
    await expect(repo.pushManifest("v1", manifest, signal)).rejects.toThrow(other);
  });
});
