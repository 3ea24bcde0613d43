import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { digestOf } from "../../core/index.ts";
import {
  blobOf,
  collect,
  pushImage,
  randomBytes,
  testClient,
  unhurried,
  withoutRegistry,
} from "../testing/client-support.ts";
import { type Fault, type FaultyProxy, startFaultyProxy } from "../testing/faulty-proxy.ts";
import { startRegistry, type TestRegistry } from "../testing/start-registry.ts";

const SIZE = 3_000_000;

describe.skipIf(withoutRegistry)("downloads through a bad line", () => {
  let registry: TestRegistry;
  let line: FaultyProxy;
  const blob = blobOf(randomBytes(SIZE));
  const signal = unhurried();
  beforeAll(async () => {
    registry = await startRegistry();
    line = await startFaultyProxy(registry);
    await testClient().repository(registry.host).pushBlob(blob, { signal });
  });
  beforeEach(() => {
    line.fault = () => undefined;
  });
  afterAll(async () => {
    await line[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });

  const onBlobs = (fault: (times: number, range: string | undefined) => Fault | undefined) => {
    const before = line.requests.length;
    line.fault = ({ method, path, headers }) => {
      if (method !== "GET" || !path.includes("/blobs/")) return undefined;
      const times = line.requests.slice(before).filter((seen) => seen.path === path).length;
      return fault(times, headers.range);
    };
  };
  const ranges = (since: number) =>
    line.requests
      .slice(since)
      .filter(({ path }) => path.includes("/blobs/"))
      .map(({ headers }) => headers.range);
  const download = async (timing = {}) => {
    const { repository, pauses } = testClient({}, timing);
    const bytes = await collect(repository(line.host).blob(blob, 0, signal));
    return { digest: digestOf(bytes), pauses };
  };

  test("a cut download goes on by range, each failure with a longer pause", async () => {
    onBlobs((times) => (times <= 3 ? { kind: "cut", after: 100_000 } : undefined));
    const since = line.requests.length;
    const { digest, pauses } = await download();
    expect(digest).toBe(blob.digest);
    expect(pauses).toEqual([1000, 2000, 4000]);
    const [first, ...others] = ranges(since).filter((range, at) => at > 0 || range !== undefined);
    expect(ranges(since).filter((range) => range === undefined)).toHaveLength(1);
    for (const range of [first, ...others]) expect(range).toMatch(/^bytes=\d+-$/);
  });

  test("a registry that ignores the range: what is had already is skipped", async () => {
    onBlobs((times) =>
      times === 1 ? { kind: "cut", after: 777_777 } : { kind: "change", request: { range: undefined } },
    );
    expect((await download()).digest).toBe(blob.digest);
  });

  test("progress forgives: many cuts with much between them do not add up", async () => {
    onBlobs((times) => (times <= 2 ? { kind: "cut", after: 1_200_000 } : undefined));
    expect((await download()).pauses).toEqual([1000, 1000]);
  });

  test("a registry that is started again in the middle is waited for", async () => {
    await using own = await startRegistry();
    // More than all buffers between here and there hold.
    const large = blobOf(randomBytes(24 << 20), 1 << 20);
    await testClient().repository(own.host).pushBlob(large, { signal });
    let pauses = 0;
    const sleep = async () => {
      if (++pauses === 2) await own.start();
    };
    const { repository } = testClient({}, { sleep });
    const pieces: Uint8Array[] = [];
    for await (const piece of repository(own.host).blob(large, 0, signal)) {
      if (pieces.push(piece) === 1) await own.stop();
    }
    expect(digestOf(Buffer.concat(pieces))).toBe(large.digest);
    expect(pauses).toBe(2);
  }, 30_000);

  test("a line that always breaks is given up", async () => {
    onBlobs(() => ({ kind: "cut", after: 10_000 }));
    await expect(download()).rejects.toMatchObject({ kind: "unavailable" });
  });

  test("a stalled download is cut and goes on", async () => {
    onBlobs((times) => (times === 1 ? { kind: "stall", after: 500_000 } : undefined));
    expect((await download({ stall: 200 })).digest).toBe(blob.digest);
  });

  test("a stall without end is told", async () => {
    onBlobs(() => ({ kind: "stall", after: 0 }));
    await expect(download({ stall: 50 })).rejects.toMatchObject({
      kind: "unavailable",
      message: expect.stringContaining("nothing moved"),
    });
  });

  test("500 and 503 pass; the reason is told when they do not", async () => {
    onBlobs((times) => (times <= 2 ? { kind: "reply", status: 500 + times } : undefined));
    expect((await download()).digest).toBe(blob.digest);
    onBlobs(() => ({ kind: "reply", status: 503, body: "out of\norder" }));
    await expect(download()).rejects.toMatchObject({
      kind: "unavailable",
      message: expect.stringMatching(/answered 503 .*: out of order$/),
    });
  });

  test("another length than the manifest's is refused, and another part than was asked for", async () => {
    const { repository } = testClient();
    const shorter = { digest: blob.digest, size: SIZE - 1 };
    await expect(collect(repository(registry.host).blob(shorter, 0, signal))).rejects.toMatchObject({
      kind: "invalid",
    });
    const longer = { digest: blob.digest, size: SIZE + 1 };
    await expect(collect(repository(registry.host).blob(longer, 0, signal))).rejects.toMatchObject({
      kind: "invalid",
    });
    onBlobs(() => ({ kind: "change", request: { range: "bytes=5-9" } }));
    await expect(collect(repository(line.host).blob(blob, 3, signal))).rejects.toThrow("another part");
  });

  test("more bytes than announced, in chunks, are refused", async () => {
    const endless = async function* () {
      for (;;) yield new Uint8Array(50_000);
    };
    onBlobs(() => ({ kind: "reply", status: 200, body: endless() }));
    await expect(download()).rejects.toMatchObject({
      kind: "invalid",
      message: expect.stringMatching(/longer/),
    });
  });

  test("who stops reading, or aborts, closes the connection at once", async () => {
    await using own = await startFaultyProxy(registry);
    const { repository } = testClient();
    for await (const _ of repository(own.host).blob(blob, 0, signal)) break;
    while (own.open > 0) await Bun.sleep(5);
    const controller = new AbortController();
    own.fault = () => ({ kind: "stall", after: 1000 });
    const pieces = repository(own.host).blob(blob, 0, controller.signal)[Symbol.asyncIterator]();
    await pieces.next();
    const waiting = pieces.next();
    expect(own.open).toBe(1);
    controller.abort(new Error("the client is gone"));
    await expect(waiting).rejects.toThrow("the client is gone");
    while (own.open > 0) await Bun.sleep(5);
  });

  test("a manifest with other bytes than its digest is refused", async () => {
    const { repository } = testClient();
    const repo = repository(registry.host, "tampered");
    const { digest } = await pushImage(repo, "v1");
    line.fault = () => ({ kind: "change", body: (bytes) => Buffer.concat([bytes, Buffer.from(" ")]) });
    const message = expect.stringContaining("manifest verification failed");
    for (const reference of ["v1", digest]) {
      const manifest = repository(line.host, "tampered").manifest(reference, signal);
      await expect(manifest).rejects.toMatchObject({ kind: "invalid", message });
    }
  });
});
