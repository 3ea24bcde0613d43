import { expect, test } from "bun:test";
import { createServer, type Socket } from "node:net";
import { REAL_TIMING, type Timing } from "../timing.ts";
import { Trust } from "../trust/trust.ts";
import { HttpClient } from "./http-client.ts";
import { resolveLocation } from "./redirect.ts";

/** A server on loopback that does with a connection what the test says, once the first bytes have come. */
async function serving(serve: (socket: Socket, index: number) => void) {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => undefined);
    const index = sockets.length;
    socket.once("data", () => serve(socket, index));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as { port: number };
  return {
    sockets,
    url: new URL(`http://127.0.0.1:${port}/x`),
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const client = (timing: Partial<Timing> = {}) =>
  new HttpClient({
    trust: new Trust({ insecure: [], certificates: [], environment: {} }),
    ...{ environment: {}, userAgent: "test", timing: { ...REAL_TIMING, ...timing } },
  });
const signal = new AbortController().signal;
const ok = (body: string) => `HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`;

test("connections are kept, and one the server closes meanwhile is not noticed", async () => {
  await using server = await serving((socket, index) => {
    socket.write(ok("a"));
    socket.on("data", () => (index === 1 ? socket.destroy() : socket.write(ok("b"))));
  });
  const http = client();
  for (const expected of ["a", "a", "b"]) {
    const response = await http.send({ method: "GET", url: server.url, signal });
    expect(Buffer.from(await response.bytes(10, "it")).toString()).toBe(expected);
  }
  expect(server.sockets).toHaveLength(2);
});

test("a HEAD reply's length costs neither time nor the connection", async () => {
  await using server = await serving((socket) => {
    const head = () => socket.write("HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n");
    head();
    socket.on("data", head);
  });
  const http = client();
  for (let i = 0; i < 3; i++) await (await http.send({ method: "HEAD", url: server.url, signal })).discard();
  expect(server.sockets).toHaveLength(1);
});

test("an upload waits for a slow server, and stops at its refusal", async () => {
  let taken = 0;
  await using server = await serving((socket) => {
    // Takes no more; says no after a while.
    socket.pause();
    setTimeout(() => socket.write("HTTP/1.1 403 No\r\nContent-Length: 2\r\n\r\nno"), 200);
  });
  const length = 1 << 30;
  const stream = async function* () {
    for (; taken < length; taken += 1 << 16) yield new Uint8Array(1 << 16);
  };
  const response = await client().send({ method: "PUT", url: server.url, body: { length, stream }, signal });
  expect(response.status).toBe(403);
  expect(Buffer.from(await response.bytes(10, "it")).toString()).toBe("no");
  // What fits into buffers of the kernel, not the gigabyte.
  expect(taken).toBeLessThan(64 << 20);
});

test("a reader that does not read holds the sender back", async () => {
  let sent = 0;
  const length = 1 << 28;
  await using server = await serving((socket) => {
    socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${length}\r\n\r\n`);
    const more = () => {
      while (sent < length) {
        sent += 1 << 16;
        if (!socket.write(new Uint8Array(1 << 16))) return;
      }
    };
    socket.on("drain", more);
    more();
  });
  const response = await client().send({ method: "GET", url: server.url, signal });
  await Bun.sleep(300);
  expect(sent).toBeLessThan(64 << 20);
  let read = 0;
  for await (const bytes of response.body()) read += bytes.length;
  expect(read).toBe(length);
});

test("what is not HTTP, stops early, or says nothing", async () => {
  const cases: [string, string][] = [
    ["SSH-2.0-OpenSSH\r\n\r\n", "not HTTP"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello", "bad Content-Length"],
    ["HTTP/1.1 200 OK\r\n bad: x\r\n\r\n", "bad header line"],
    ["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "bad chunk"],
    ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "closed the connection in the middle"],
    [`HTTP/1.1 200 OK\r\nX: ${"x".repeat(300_000)}`, "endless head"],
    ["HTTP/1.1 100 Continue\r\n\r\n".repeat(200), "reply without end"],
    ["", "without a reply"],
  ];
  for (const [reply, message] of cases) {
    await using server = await serving((socket) => socket.end(reply, "latin1"));
    const whole = async () =>
      (await client().send({ method: "GET", url: server.url, signal })).bytes(10, "it");
    await expect(whole()).rejects.toThrow(message);
  }
});

test("stalls: in the TLS handshake, and before the reply", async () => {
  await using silent = await serving(() => undefined);
  const timing = { connect: 50, stall: 50 };
  const secure = new URL(silent.url.href.replace("http:", "https:"));
  await expect(client(timing).send({ method: "GET", url: secure, signal })).rejects.toMatchObject({
    fault: "connect",
    message: expect.stringContaining("i/o timeout"),
  });
  await expect(client(timing).send({ method: "GET", url: silent.url, signal })).rejects.toMatchObject({
    fault: "stalled",
  });
});

test("aborted: the connection is closed at once, wherever it stands", async () => {
  await using silent = await serving(() => undefined);
  const closed = (index: number) =>
    new Promise<void>((resolve) => {
      if (silent.sockets[index]?.destroyed) resolve();
      else silent.sockets[index]?.on("close", () => resolve());
    });
  for (const [index, url] of [silent.url, new URL(silent.url.href.replace("http:", "https:"))].entries()) {
    const controller = new AbortController();
    const waiting = client().send({ method: "GET", url, signal: controller.signal });
    while (silent.sockets.length <= index) await Bun.sleep(2);
    controller.abort(new Error("gone"));
    await expect(waiting).rejects.toThrow("gone");
    await closed(index);
  }
  await expect(
    client().send({ method: "GET", url: silent.url, signal: AbortSignal.abort(new Error("before")) }),
  ).rejects.toThrow("before");
  expect(silent.sockets).toHaveLength(2);
});

test("where a Location leads", () => {
  const lead = (from: string, to: string | undefined, insecure = false) =>
    resolveLocation(new URL(from), to, () => insecure).href;
  const from = "https://registry.test/v2/a";
  expect(lead(from, "/v2/b?x=1#y")).toBe("https://registry.test/v2/b?x=1");
  expect(lead(from, "https://u:p@cdn.test/b")).toBe("https://cdn.test/b");
  expect(lead("http://registry.test/", "http://cdn.test/b")).toBe("http://cdn.test/b");
  // A registry that does not know that TLS ends before it.
  expect(lead(from, "http://registry.test/b")).toBe("https://registry.test/b");
  expect(lead("https://registry.test:5000/", "http://registry.test/b")).toBe("https://registry.test:5000/b");
  expect(() => lead(from, "http://cdn.test/b")).toThrow("from https to plain http");
  expect(lead(from, "http://127.0.0.1/b", true)).toBe("http://127.0.0.1/b");
  for (const wrong of ["ftp://x/", "javascript:1", "data:,x"])
    expect(() => lead(from, wrong)).toThrow("not HTTP");
  for (const wrong of [undefined, "", "http://"]) expect(() => lead(from, wrong)).toThrow("usable Location");
});
