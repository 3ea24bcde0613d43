import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { NetworkInspect } from "../../spec/index.ts";
import { eventually, startServer } from "../test-support.ts";

const PING = "GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n";
const LAST_PING = "GET /_ping HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n";
const statuses = (text: string) => [...text.matchAll(/HTTP\/1\.1 (\d+)/g)].map((match) => match[1]);

describe("HTTP on the socket", () => {
  test("keeps a connection, and serves pipelined requests in order", async () => {
    await using server = await startServer();
    const client = await server.connect();
    client.send(PING);
    await client.until("\r\n\r\nOK");
    client.send(`${PING}GET /nope HTTP/1.1\r\nHost: d\r\n\r\n${LAST_PING}`);
    expect(statuses(await client.rest())).toEqual(["200", "404", "200"]);
  });

  test("a head may come in any pieces", async () => {
    await using server = await startServer();
    const client = await server.connect();
    for (const byte of LAST_PING) {
      client.send(byte);
      await Bun.sleep(0);
    }
    expect(await client.rest()).toEndWith("OK");
  });

  test.each([
    ["nonsense", "FOO\r\n\r\n", 400],
    ["no host", "GET /_ping HTTP/1.1\r\n\r\n", 400],
    ["bad length", "POST /x HTTP/1.1\r\nHost: d\r\nContent-Length: x\r\n\r\n", 400],
    ["unknown coding", "POST /x HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: gzip\r\n\r\n", 501],
    ["version", "GET / HTTP/3.0\r\nHost: d\r\n\r\n", 505],
    ["expectation", "GET / HTTP/1.1\r\nHost: d\r\nExpect: miracles\r\n\r\n", 417],
  ])("refuses %s and closes", async (_, request, status) => {
    await using server = await startServer();
    const reply = await server.exchange(request);
    expect(statuses(reply)).toEqual([String(status)]);
    expect(reply).toContain("Connection: close");
    expect(reply).toContain("Api-Version: 1.51");
  });

  test("refuses a head without end, and a request that ends in its head", async () => {
    await using server = await startServer();
    const endless = await server.connect();
    endless.send(`GET / HTTP/1.1\r\n${"A: b\r\n".repeat(30_000)}`);
    expect(await endless.rest()).toStartWith("HTTP/1.1 431");
    const cut = await server.connect();
    cut.send("GET / HT");
    cut.halfClose();
    expect(await cut.rest()).toStartWith("HTTP/1.1 400");
  });

  test("a client that says nothing and leaves gets nothing", async () => {
    await using server = await startServer();
    const client = await server.connect();
    client.halfClose();
    expect(await client.rest()).toBe("");
  });

  test("HTTP/1.0 gets an unframed body and an end", async () => {
    await using server = await startServer({
      images: {
        async *save() {
          yield Buffer.from("abc");
        },
      },
    });
    const reply = await server.exchange("GET /images/x/get HTTP/1.0\r\n\r\n");
    expect(reply).not.toContain("Transfer-Encoding");
    expect(reply).toEndWith("\r\n\r\nabc");
  });

  test("HEAD has the headers of a body and no body", async () => {
    await using server = await startServer();
    const reply = await server.exchange("HEAD /nope HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n");
    expect(reply).toContain("Content-Length: 29");
    expect(reply).toEndWith("\r\n\r\n");
  });

  test("a body that no handler reads does not become the next request", async () => {
    await using server = await startServer();
    const body = "GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n";
    const reply = await server.exchange(
      `POST /nope HTTP/1.1\r\nHost: d\r\nContent-Length: ${body.length}\r\n\r\n${body}${LAST_PING}`,
    );
    expect(statuses(reply)).toEqual(["404", "200"]);
    const chunked = await server.exchange(
      `POST /nope HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n${LAST_PING}`,
    );
    expect(statuses(chunked)).toEqual(["404", "200"]);
  });

  test("an early refusal of a long upload reaches a client that is still sending", async () => {
    await using server = await startServer();
    const client = await server.connect();
    client.send("POST /nope HTTP/1.1\r\nHost: d\r\nContent-Length: 100000000\r\n\r\n");
    client.send(Buffer.alloc(100_000));
    const reply = await client.rest();
    expect(reply).toStartWith("HTTP/1.1 404");
    expect(reply).toContain("Connection: close");
  });

  test("sends 100 Continue when the body is wanted, and only then", async () => {
    const seen: string[] = [];
    await using server = await startServer({
      images: {
        async load(archive) {
          for await (const piece of archive) seen.push(Buffer.from(piece).toString());
        },
      },
    });
    const wanted = await server.connect();
    wanted.send("POST /images/load HTTP/1.1\r\nHost: d\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n");
    await wanted.until("HTTP/1.1 100 Continue\r\n\r\n");
    wanted.send("hello");
    expect(await wanted.until("0\r\n\r\n")).toStartWith("HTTP/1.1 200");
    expect(seen).toEqual(["hello"]);
    wanted.close();

    const refused = await server.exchange(
      "POST /nope HTTP/1.1\r\nHost: d\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n",
    );
    expect(statuses(refused)).toEqual(["404"]);
    expect(refused).toContain("Connection: close");
  });

  test("requests whose replies nobody reads do not pile up", async () => {
    let asked = 0;
    const big = "x".repeat(100_000);
    await using server = await startServer({
      networks: {
        list: () => {
          asked++;
          return [{ Name: big } as NetworkInspect];
        },
      },
    });
    const client = await server.connect();
    client.pause();
    client.send("GET /networks HTTP/1.1\r\nHost: d\r\n\r\n".repeat(100));
    await Bun.sleep(50);
    expect(asked).toBeLessThan(20);
    client.resume();
    await eventually(() => asked === 100);
    client.close();
  });

  test("any requests, cut anywhere, are answered in order", async () => {
    await using server = await startServer({
      images: {
        load: async (archive, progress) => {
          let size = 0;
          for await (const piece of archive) size += piece.byteLength;
          progress({ stream: `${size}` });
        },
      },
    });
    const ping = fc.constant({ text: PING, answer: "OK" });
    const known = fc.nat(70_000).map((size) => ({
      text: `POST /images/load HTTP/1.1\r\nHost: d\r\nContent-Length: ${size}\r\n\r\n${"z".repeat(size)}`,
      answer: `{"stream":"${size}"}`,
    }));
    const chunked = fc.array(fc.integer({ min: 1, max: 5000 }), { maxLength: 5 }).map((sizes) => ({
      text: `POST /images/load HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n${sizes
        .map((size) => `${size.toString(16)}\r\n${"z".repeat(size)}\r\n`)
        .join("")}0\r\n\r\n`,
      answer: `{"stream":"${sizes.reduce((sum, size) => sum + size, 0)}"}`,
    }));
    const unread = fc.nat(3000).map((size) => ({
      text: `POST /nope HTTP/1.1\r\nHost: d\r\nContent-Length: ${size}\r\n\r\n${"z".repeat(size)}`,
      answer: '{"message":"page not found"}',
    }));
    const requests = fc.array(fc.oneof(ping, known, chunked, unread), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(
        requests,
        fc.array(fc.nat(1), { minLength: 1, maxLength: 8 }),
        async (sequence, pauses) => {
          const client = await server.connect();
          const whole = Buffer.from(sequence.map(({ text }) => text).join("") + LAST_PING, "latin1");
          const step = Math.ceil(whole.length / pauses.length);
          for (const [i, pause] of pauses.entries()) {
            let piece = whole.subarray(i * step, (i + 1) * step);
            while (piece.length > 0) {
              piece = piece.subarray(Math.max(0, client.send(piece)));
              if (piece.length > 0) await Bun.sleep(1);
            }
            await Bun.sleep(pause);
          }
          const reply = await client.rest();
          let at = 0;
          for (const { answer } of [...sequence, { answer: "OK" }]) {
            const next = reply.indexOf(answer, at);
            expect(next).toBeGreaterThanOrEqual(0);
            at = next + answer.length;
          }
          expect(statuses(reply)).toHaveLength(sequence.length + 1);
        },
      ),
      { numRuns: 40 },
    );
  });

  test("a malformed chunked body is a 400", async () => {
    await using server = await startServer({
      images: {
        async load(archive) {
          for await (const _ of archive);
        },
      },
    });
    const reply = await server.exchange(
      "POST /images/load HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    );
    expect(statuses(reply)).toEqual(["400"]);
    expect(reply).toEndWith("malformed chunk size");
  });

  test("closing the server ends idle connections, aborts running requests and removes the socket", async () => {
    let aborted = false;
    const server = await startServer({
      containers: {
        wait: (_name, _condition, signal) => ({
          result: new Promise((_, reject) => {
            signal?.addEventListener("abort", () => {
              aborted = true;
              reject(new Error("stopped"));
            });
          }),
        }),
      },
    });
    const idle = await server.connect();
    const waiting = await server.connect();
    waiting.send("POST /containers/x/wait HTTP/1.1\r\nHost: d\r\n\r\n");
    await waiting.until("\r\n\r\n");
    await server[Symbol.asyncDispose]();
    expect(await idle.rest()).toBe("");
    await waiting.rest();
    expect(aborted).toBe(true);
    await eventually(() => waiting.ended);
    expect(await Bun.file(server.path).exists()).toBe(false);
  });
});
