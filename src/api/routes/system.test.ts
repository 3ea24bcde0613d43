import { describe, expect, test } from "bun:test";
import type { EngineEvent } from "../../core/index.ts";
import type { EventQuery } from "../../engine/index.ts";
import { eventually, startServer } from "../test-support.ts";

const EVENT: EngineEvent = {
  type: "container",
  action: "start",
  id: "abc",
  attributes: { image: "a:1", name: "x" },
  timeNano: 1_795_235_067_773_660_513n,
};

describe("ping", () => {
  test("GET says OK, HEAD has an empty body; neither may be cached", async () => {
    await using server = await startServer();
    const get = await server.fetch("/_ping");
    expect(await get.text()).toBe("OK");
    const head = await server.fetch("/v1.51/_ping", { method: "HEAD" });
    expect(head.headers.get("content-length")).toBe("0");
    for (const { headers } of [get, head]) {
      expect(headers.get("builder-version")).toBe("1");
      expect(headers.get("swarm")).toBe("inactive");
      expect(headers.get("cache-control")).toBe("no-cache, no-store, must-revalidate");
      expect(headers.get("pragma")).toBe("no-cache");
    }
  });
});

describe("events", () => {
  test("the head comes before the first event; each event is one line with an exact time", async () => {
    const { promise: wait, resolve: go } = Promise.withResolvers<void>();
    let asked: EventQuery | undefined;
    await using server = await startServer({
      events: {
        async *subscribe(query) {
          asked = query;
          await wait;
          yield EVENT;
          yield { ...EVENT, type: "image", action: "tag" };
          yield { ...EVENT, type: "network", action: "connect" };
        },
      },
    });
    const client = await server.connect();
    const filters = encodeURIComponent('{"type":["container"],"bogus":["x"]}');
    client.send(`GET /events?since=10&until=20.5&filters=${filters} HTTP/1.1\r\nHost: d\r\n\r\n`);
    const head = await client.until("\r\n\r\n");
    expect(head).toContain("Content-Type: application/json\r\n");
    expect(asked?.since).toBe(10_000_000_000n);
    expect(asked?.until).toBe(20_500_000_000n);
    expect(asked?.filters?.get("type")).toEqual(["container"]);
    go();
    const body = await client.until("\r\n0\r\n\r\n");
    expect(body).toContain(
      '{"status":"start","id":"abc","from":"a:1","Type":"container","Action":"start","Actor":{"ID":"abc","Attributes":{"image":"a:1","name":"x"}},"scope":"local","time":1795235067,"timeNano":1795235067773660513}\n',
    );
    expect(body).toContain('{"status":"tag","id":"abc","Type":"image"');
    expect(body).toContain('{"Type":"network"');
    client.close();
  });

  test("a client that goes away ends the subscription", async () => {
    let aborted = false;
    await using server = await startServer({
      events: {
        async *subscribe({ signal }) {
          await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
          aborted = true;
          yield* [];
        },
      },
    });
    const client = await server.connect();
    client.send("GET /events HTTP/1.1\r\nHost: d\r\n\r\n");
    await client.until("\r\n\r\n");
    expect(aborted).toBe(false);
    client.close();
    await eventually(() => aborted);
  });

  test("bad times are refused", async () => {
    await using server = await startServer();
    const order = await server.fetch("/events?since=20&until=10");
    expect([order.status, await order.json()]).toEqual([
      400,
      { message: "`since` time (20) cannot be after `until` time (10)" },
    ]);
    expect((await server.fetch("/events?since=yesterday-ish")).status).toBe(400);
  });
});

describe("disk usage", () => {
  const usage = { LayersSize: 5, Images: [1], Containers: [2], Volumes: [3], BuildCache: [4] };

  test("everything, or the kinds that are asked for", async () => {
    await using server = await startServer({ diskUsage: async () => usage });
    const ask = async (query: string) => (await server.fetch(`/system/df${query}`)).json();
    expect(await ask("")).toEqual(usage);
    const none = { Containers: null, Volumes: null, BuildCache: null };
    expect(await ask("?type=image")).toEqual({ ...usage, ...none });
    expect(await ask("?type=volume&type=build-cache")).toEqual({
      ...usage,
      LayersSize: 0,
      Images: null,
      Containers: null,
    });
    expect(await ask("?type=bogus")).toEqual({ message: "unknown object type: bogus" });
  });
});

describe("check", () => {
  test("only looks, unless it is to repair; a client that goes away ends it", async () => {
    const asked: boolean[] = [];
    let aborted = false;
    const reply = { Blobs: 1, Bytes: 2, Layers: 3, Images: 4, Findings: [] };
    await using server = await startServer({
      check: async ({ repair, signal }) => {
        asked.push(repair);
        if (repair) {
          await new Promise((resolve) => signal.addEventListener("abort", resolve));
          aborted = true;
        }
        return reply;
      },
    });
    expect(await (await server.fetch("/system/check", { method: "POST" })).json()).toEqual(reply);
    const client = await server.connect();
    client.send("POST /system/check?repair=1 HTTP/1.1\r\nHost: d\r\n\r\n");
    await eventually(() => asked.length === 2);
    client.close();
    await eventually(() => aborted);
    expect(asked).toEqual([false, true]);
  });
});
