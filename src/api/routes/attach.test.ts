import { describe, expect, test } from "bun:test";
import { notFound } from "../../core/index.ts";
import { TestAttachment } from "../test-attachment.ts";
import { eventually, startServer } from "../test-support.ts";

const upgrade = "Upgrade: tcp\r\nConnection: Upgrade\r\n";
const post = (path: string, headers = "", body = "") =>
  `POST ${path} HTTP/1.1\r\nHost: d\r\n${headers}\r\n${body}`;
const ATTACH = "/containers/x/attach?stream=1&stdin=1&stdout=1&stderr=1";

async function attached(attachment: TestAttachment) {
  const options: unknown[] = [];
  const server = await startServer({
    containers: {
      attach: async (_name, wanted) => {
        options.push(wanted);
        return attachment;
      },
    },
  });
  return { server, options, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() };
}

describe("attach", () => {
  test("with an upgrade: 101, frames out, bytes in, half-close both ways", async () => {
    const process = new TestAttachment();
    await using setup = await attached(process);
    const client = await setup.server.connect();
    // The first input comes in the same packet as the request.
    client.send(post(ATTACH, upgrade, "early "));
    const head = await client.until("\r\n\r\n");
    expect(head).toStartWith("HTTP/1.1 101 UPGRADED\r\n");
    expect(head).toContain("Content-Type: application/vnd.docker.multiplexed-stream\r\n");
    expect(head).toContain("Connection: Upgrade\r\nUpgrade: tcp\r\n");
    expect(head).toContain("Api-Version: 1.51");
    expect(setup.options).toEqual([{ stdin: true, stdout: true, stderr: true, logs: false, stream: true }]);
    client.send("late");
    process.say("out");
    process.say("err", "stderr");
    await client.until("\x01\0\0\0\0\0\0\x03out\x02\0\0\0\0\0\0\x03err");
    client.halfClose();
    await eventually(() => process.inputClosed);
    expect(process.input).toBe("early late");
    expect(process.closed).toBe(false);
    process.say("after the end of input");
    process.exit();
    expect(await client.rest()).toEndWith("after the end of input");
  });

  test("input and its end may all come in one packet with the request", async () => {
    const process = new TestAttachment();
    await using setup = await attached(process);
    const client = await setup.server.connect();
    client.send(post(ATTACH, upgrade, "all of it"));
    client.halfClose();
    await eventually(() => process.inputClosed);
    expect(process.input).toBe("all of it");
    process.say("done");
    process.exit();
    expect(await client.rest()).toEndWith("done");
  });

  test("without an upgrade: 200 and raw bytes on the same socket", async () => {
    const process = new TestAttachment();
    await using setup = await attached(process);
    const client = await setup.server.connect();
    client.send(post(ATTACH, "", "typed"));
    const head = await client.until("\r\n\r\n");
    expect(head).toStartWith("HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n");
    expect(head).not.toContain("Transfer-Encoding");
    process.say("hi");
    await client.until("\x01\0\0\0\0\0\0\x02hi");
    client.halfClose();
    await eventually(() => process.inputClosed);
    expect(process.input).toBe("typed");
    process.exit();
    await client.rest();
  });

  test("without an upgrade, the chunks of an open body are the input", async () => {
    const process = new TestAttachment();
    await using setup = await attached(process);
    const client = await setup.server.connect();
    client.send(post(ATTACH, "Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n"));
    await client.until("\r\n\r\n");
    client.send("2\r\nde\r\n");
    await eventually(() => process.input === "abcde");
    expect(process.inputClosed).toBe(false);
    client.send("0\r\n\r\n");
    await eventually(() => process.inputClosed);
    process.say("bye");
    process.exit();
    expect(await client.rest()).toEndWith("bye");
  });

  test("an offer of another protocol is not taken", async () => {
    const process = new TestAttachment();
    await using setup = await attached(process);
    const client = await setup.server.connect();
    client.send(post(ATTACH, "Upgrade: TLS/1.2\r\nConnection: Upgrade\r\n"));
    expect(await client.until("\r\n\r\n")).toStartWith("HTTP/1.1 200 OK");
    process.exit();
    await client.rest();
  });

  test("a body of known length is not input", async () => {
    const process = new TestAttachment();
    await using setup = await attached(process);
    const client = await setup.server.connect();
    client.send(post(ATTACH, "Content-Length: 2\r\n", "{}typed"));
    await eventually(() => process.input === "typed");
    process.exit();
    await client.rest();
  });

  test("as the second request of a connection", async () => {
    const process = new TestAttachment();
    await using setup = await attached(process);
    const client = await setup.server.connect();
    client.send("GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n");
    await client.until("\r\n\r\nOK");
    client.send(post(ATTACH, "", "x"));
    await client.until("raw-stream");
    await eventually(() => process.input === "x");
    process.exit();
    await client.rest();
  });

  test("a terminal's output is bare, and older clients get the older type", async () => {
    const terminal = new TestAttachment(true);
    await using setup = await attached(terminal);
    const client = await setup.server.connect();
    client.send(post(ATTACH, upgrade));
    expect(await client.until("\r\n\r\n")).toContain("Content-Type: application/vnd.docker.raw-stream\r\n");
    terminal.say("prompt");
    terminal.exit();
    expect(await client.rest()).toBe("prompt");

    const plain = new TestAttachment();
    await using old = await attached(plain);
    const oldClient = await old.server.connect();
    oldClient.send(post(`/v1.41${ATTACH}`, upgrade));
    expect(await oldClient.until("\r\n\r\n")).toContain(
      "Content-Type: application/vnd.docker.raw-stream\r\n",
    );
    plain.exit();
    await oldClient.rest();
  });

  test("the detach keys of a terminal detach", async () => {
    const terminal = new TestAttachment(true);
    await using setup = await attached(terminal);
    const client = await setup.server.connect();
    client.send(post(`${ATTACH}&detachKeys=ctrl-a,b`, upgrade, "x\x01y\x01"));
    await client.until("\r\n\r\n");
    await eventually(() => terminal.input === "x\x01y");
    client.send("b ignored");
    await client.rest();
    expect(terminal.closed).toBe(true);
    expect(terminal.input).toBe("x\x01y");
  });

  test("input nobody asked for is dropped", async () => {
    const process = new TestAttachment();
    await using setup = await attached(process);
    const client = await setup.server.connect();
    client.send(post("/containers/x/attach?stream=1&stdout=1", upgrade, "dropped"));
    client.halfClose();
    await client.until("\r\n\r\n");
    process.say("still here");
    process.exit();
    expect(await client.rest()).toEndWith("still here");
    expect(process.input).toBe("");
    expect(process.inputClosed).toBe(false);
  });

  test("errors before the stream are plain statuses", async () => {
    await using server = await startServer({
      containers: {
        attach: async () => {
          throw notFound("No such container: nope");
        },
      },
    });
    const missing = await server.exchange(post(ATTACH, `Connection: close\r\n`));
    expect(missing).toStartWith("HTTP/1.1 404");
    expect(missing).toEndWith('{"message":"No such container: nope"}\n');
    const keys = await server.exchange(post(`${ATTACH}&detachKeys=foo`, "Connection: close\r\n"));
    expect(keys).toStartWith("HTTP/1.1 400");
    expect(keys).toEndWith('{"message":"Invalid detach keys (foo) provided"}\n');
  });

  test("a client that goes away is detached, also after its half-close", async () => {
    for (const halfCloseFirst of [false, true]) {
      const process = new TestAttachment();
      await using setup = await attached(process);
      const client = await setup.server.connect();
      client.send(post(ATTACH, upgrade));
      await client.until("\r\n\r\n");
      if (halfCloseFirst) {
        client.halfClose();
        await eventually(() => process.inputClosed);
        expect(process.closed).toBe(false);
      }
      client.close();
      await eventually(() => process.closed);
    }
  });

  test("a slow reader holds the process back", async () => {
    const process = new TestAttachment(true);
    await using setup = await attached(process);
    const client = await setup.server.connect();
    client.send(post(ATTACH, upgrade));
    await client.until("\r\n\r\n");
    client.pause();
    const piece = Buffer.alloc(64 * 1024, "x");
    for (let i = 0; i < 200; i++) process.say(piece);
    await Bun.sleep(100);
    expect(process.taken).toBeLessThan(30);
    client.resume();
    process.exit();
    expect((await client.rest()).length).toBe(200 * piece.length);
  });

  test("a process that does not read holds the client back", async () => {
    const process = new TestAttachment();
    const { promise, resolve } = Promise.withResolvers<void>();
    process.gate = promise;
    await using setup = await attached(process);
    const client = await setup.server.connect();
    client.send(post(ATTACH, upgrade));
    await client.until("\r\n\r\n");
    const piece = Buffer.alloc(64 * 1024, "y");
    let sent = 0;
    for (let stalled = 0; stalled < 10; ) {
      const taken = client.send(piece);
      sent += Math.max(0, taken);
      if (taken < piece.length) {
        stalled++;
        await Bun.sleep(5);
      }
    }
    expect(sent).toBeLessThan(2 * 1024 * 1024);
    resolve();
    await eventually(() => process.input.length === sent);
    process.exit();
    await client.rest();
  });
});
