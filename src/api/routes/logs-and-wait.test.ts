import { describe, expect, test } from "bun:test";
import { notFound } from "../../core/index.ts";
import type { LogRecord } from "../../log/index.ts";
import { eventually, startServer } from "../test-support.ts";

const record = (text: string, parts: Partial<LogRecord> = {}): LogRecord => ({
  stream: "stdout",
  time: 1_700_000_000_000_000_005n,
  data: Buffer.from(text),
  partial: false,
  ...parts,
});

async function logging(records: LogRecord[], tty = false) {
  const asked: Record<string, unknown>[] = [];
  const server = await startServer({
    containers: {
      async logs(_name, options) {
        asked.push(options as unknown as Record<string, unknown>);
        return {
          tty,
          records: (async function* () {
            yield* records;
          })(),
        };
      },
    },
  });
  return { server, asked, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

const body = async (response: Response) => Buffer.from(await response.arrayBuffer()).toString("latin1");

describe("logs", () => {
  test("frames by stream; the type is the version's", async () => {
    await using setup = await logging([record("a\n"), record("b\n", { stream: "stderr" })]);
    const reply = await setup.server.fetch("/containers/x/logs?stdout=1&stderr=1");
    expect(reply.headers.get("content-type")).toBe("application/vnd.docker.multiplexed-stream");
    expect(await body(reply)).toBe("\x01\0\0\0\0\0\0\x02a\n\x02\0\0\0\0\0\0\x02b\n");
    const old = await setup.server.fetch("/v1.41/containers/x/logs?stdout=1");
    expect(old.headers.get("content-type")).toBe("application/vnd.docker.raw-stream");
    await body(old);
  });

  test("a terminal's log is bare", async () => {
    await using setup = await logging([record("a\r\n")], true);
    const reply = await setup.server.fetch("/containers/x/logs?stdout=1");
    expect(reply.headers.get("content-type")).toBe("application/vnd.docker.raw-stream");
    expect(await body(reply)).toBe("a\r\n");
  });

  test("timestamps and details stand once before each line, not in its middle", async () => {
    await using setup = await logging(
      [record("long ", { partial: true }), record("line\n"), record("x\n")],
      true,
    );
    const reply = await setup.server.fetch("/containers/x/logs?stdout=1&timestamps=1&details=1");
    const time = "2023-11-14T22:13:20.000000005Z ";
    expect(await body(reply)).toBe(`${time} long line\n${time} x\n`);
  });

  test("reads its query", async () => {
    await using setup = await logging([]);
    const { server, asked } = setup;
    await body(await server.fetch("/containers/x/logs?stdout=1&since=5.000000001&until=10&tail=7&follow=1"));
    await body(await server.fetch("/containers/x/logs?stderr=1&since=0&tail=all"));
    expect(asked[0]).toMatchObject({
      stdout: true,
      stderr: false,
      since: 5_000_000_001n,
      until: 10_000_000_000n,
      tail: 7,
      follow: true,
    });
    expect(asked[1]).toMatchObject({ stdout: false, stderr: true, follow: false });
    expect(asked[1]?.since).toBeUndefined();
    expect(asked[1]?.tail).toBeUndefined();
  });

  test("needs a stream", async () => {
    await using server = await startServer();
    const reply = await server.fetch("/containers/x/logs");
    expect([reply.status, await reply.json()]).toEqual([
      400,
      { message: "Bad parameters: you must choose at least one stream" },
    ]);
  });

  test("following: what is written arrives at once, and the client's going away ends it", async () => {
    const { promise: more, resolve: write } = Promise.withResolvers<void>();
    let ended = false;
    await using server = await startServer({
      containers: {
        async logs(_name, { signal }) {
          return {
            tty: true,
            async *[Symbol.asyncIterator]() {},
            records: (async function* () {
              yield record("first\n");
              await more;
              yield record("second\n");
              await new Promise<void>((resolve) => signal?.addEventListener("abort", () => resolve()));
              ended = true;
            })(),
          };
        },
      },
    });
    const client = await server.connect();
    client.send("GET /containers/x/logs?stdout=1&follow=1 HTTP/1.1\r\nHost: d\r\n\r\n");
    await client.until("first\n");
    write();
    await client.until("second\n");
    client.close();
    await eventually(() => ended);
  });

  test("a slow reader holds the log back, whatever the size of its pieces", async () => {
    for (const size of [100, 50_000]) {
      let taken = 0;
      const total = 6_000_000 / size;
      await using server = await startServer({
        containers: {
          logs: async () => ({
            tty: true,
            records: (async function* () {
              for (; taken < total; taken++) {
                if (taken % 1000 === 0) await Bun.sleep(0);
                yield record("x".repeat(size));
              }
            })(),
          }),
        },
      });
      const client = await server.connect();
      client.send("GET /containers/x/logs?stdout=1 HTTP/1.0\r\n\r\n");
      await client.until("\r\n\r\n");
      client.pause();
      await Bun.sleep(150);
      expect(taken * size).toBeLessThan(4_000_000);
      client.resume();
      expect((await client.rest()).length).toBe(total * size);
    }
  });
});

describe("wait", () => {
  test("the head comes at once, the outcome later", async () => {
    const { promise, resolve } = Promise.withResolvers<{ StatusCode: number }>();
    const asked: unknown[] = [];
    await using server = await startServer({
      containers: {
        wait: (name, condition) => {
          asked.push(name, condition);
          return { result: promise };
        },
      },
    });
    const client = await server.connect();
    client.send("POST /v1.51/containers/x/wait?condition=next-exit HTTP/1.1\r\nHost: d\r\n\r\n");
    await client.until("\r\n\r\n");
    expect(asked).toEqual(["x", "next-exit"]);
    resolve({ StatusCode: 137 });
    expect(await client.until("0\r\n\r\n")).toContain('{"StatusCode":137}\n');
    client.close();
  });

  test("a client that goes away ends the wait", async () => {
    let aborted = false;
    await using server = await startServer({
      containers: {
        wait: (_name, _condition, signal) => {
          signal?.addEventListener("abort", () => {
            aborted = true;
          });
          return { result: new Promise(() => {}) };
        },
      },
    });
    const client = await server.connect();
    client.send("POST /containers/x/wait HTTP/1.1\r\nHost: d\r\n\r\n");
    await client.until("\r\n\r\n");
    client.close();
    await eventually(() => aborted);
  });

  test("refusals are statuses", async () => {
    await using server = await startServer({
      containers: {
        wait: () => {
          throw notFound("No such container: x");
        },
      },
    });
    const condition = await server.fetch("/containers/x/wait?condition=foo", { method: "POST" });
    expect([condition.status, await condition.json()]).toEqual([
      400,
      { message: 'invalid condition: "foo"' },
    ]);
    expect((await server.fetch("/containers/x/wait", { method: "POST" })).status).toBe(404);
  });
});
