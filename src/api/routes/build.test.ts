import { describe, expect, test } from "bun:test";
import type { BuildRequest } from "../../build/index.ts";
import { BerthError, invalid } from "../../core/index.ts";
import { eventually, startServer } from "../test-support.ts";

const read = async (request: BuildRequest) => {
  let text = "";
  for await (const piece of request.context) text += Buffer.from(piece).toString();
  return text;
};

describe("build", () => {
  test("decodes every parameter", async () => {
    let seen: BuildRequest | undefined;
    let context = "";
    await using server = await startServer({
      builder: {
        build: async (request, progress) => {
          seen = request;
          context = await read(request);
          progress({ stream: "Step 1/1 : FROM scratch" });
          return { id: "sha256:1" };
        },
      },
    });
    const query = new URLSearchParams([
      ["t", "a:1"],
      ["t", "b"],
      ["dockerfile", "sub/Dockerfile"],
      ["buildargs", '{"A":"b","Declared":null}'],
      ["labels", '{"Cmd":"kept as written"}'],
      ["target", "stage"],
      ["nocache", "1"],
      ["pull", "0"],
      ["q", "false"],
      ["platform", "linux/amd64"],
      ["networkmode", "none"],
      ["extrahosts", "a:1.2.3.4,b:5.6.7.8"],
      ["shmsize", "64"],
      ["memory", "0"],
      ["cpushares", "5"],
      ["cpusetcpus", "0-1"],
      ["ulimits", '[{"name":"nofile","soft":1,"hard":2}]'],
      ["rm", "1"],
      ["version", "1"],
      ["cachefrom", "[]"],
    ]);
    const reply = await server.fetch(`/v1.51/build?${query}`, {
      method: "POST",
      body: "the context",
      headers: { "Content-Type": "application/x-tar", "X-Registry-Config": "e30=" },
    });
    expect([reply.status, await reply.text()]).toEqual([200, '{"stream":"Step 1/1 : FROM scratch"}\r\n']);
    expect(context).toBe("the context");
    expect(seen).toMatchObject({
      dockerfile: "sub/Dockerfile",
      tags: ["a:1", "b"],
      buildArgs: { A: "b", Declared: null },
      labels: { Cmd: "kept as written" },
      target: "stage",
      noCache: true,
      pull: false,
      quiet: false,
      platform: "linux/amd64",
      networkMode: "none",
      extraHosts: ["a:1.2.3.4", "b:5.6.7.8"],
      shmSize: 64,
      cpuShares: 5,
      cpusetCpus: "0-1",
      ulimits: [{ Name: "nofile", Soft: 1, Hard: 2 }],
    });
    expect(seen?.memory).toBeUndefined();
  });

  test.each([
    ["buildargs=xx", 400, "error reading build args: "],
    ["buildargs=[]", 400, "error reading build args: expected Object"],
    ["labels=%7B%22a%22:1%7D", 400, "error reading labels: a: expected string but received 1"],
    ["ulimits=xx", 400, "error reading ulimit settings: "],
    ["memory=abc", 400, "strconv.Atoi"],
    ["version=3", 400, 'invalid version \\"3\\"'],
    ["version=2", 501, "BuildKit"],
    ["remote=http://x/y", 501, "building from http://x/y"],
    ["isolation=foo", 400, 'unsupported isolation: \\"foo\\"'],
    ["outputs=foo", 501, "outputs"],
    ["squash=1", 501, "squash"],
  ])("%s: %d", async (query, status, message) => {
    await using server = await startServer();
    const reply = await server.fetch(`/build?${query}`, { method: "POST", body: "x" });
    expect(reply.status).toBe(status);
    expect(await reply.text()).toContain(message);
  });

  test("the reply begins while the context is still being sent", async () => {
    await using server = await startServer({
      builder: {
        build: async (request, progress) => {
          progress({ stream: "started" });
          progress({ stream: `got ${await read(request)}` });
          return { id: "sha256:1" };
        },
      },
    });
    const client = await server.connect();
    client.send("POST /build HTTP/1.1\r\nHost: d\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n");
    await client.until('{"stream":"started"}\r\n');
    client.send("1\r\nb\r\n0\r\n\r\n");
    await client.until('{"stream":"got ab"}\r\n');
    // The connection goes on to be used.
    client.send("GET /_ping HTTP/1.1\r\nHost: d\r\n\r\n");
    await client.until("\r\n\r\nOK");
    client.close();
  });

  test("errors: a status before the first line; a last line with the step's exit code after it", async () => {
    let lines = 0;
    await using server = await startServer({
      builder: {
        build: async (_request, progress) => {
          for (let i = 0; i < lines; i++) progress({ stream: "x" });
          throw Object.assign(new BerthError("invalid", "RUN failed"), { exitCode: 7 });
        },
      },
    });
    const early = await server.fetch("/build", { method: "POST", body: "x" });
    expect([early.status, await early.text()]).toEqual([400, '{"message":"RUN failed"}\n']);
    lines = 1;
    const late = await server.fetch("/build", { method: "POST", body: "x" });
    expect(await late.text()).toBe(
      '{"stream":"x"}\r\n{"errorDetail":{"code":7,"message":"RUN failed"},"error":"RUN failed"}\r\n',
    );
  });

  test("a client that goes away aborts the build, also when the context was not read to its end", async () => {
    for (const wholeContext of [true, false]) {
      let signal: AbortSignal | undefined;
      await using server = await startServer({
        builder: {
          build: async (request, progress) => {
            signal = request.signal;
            for await (const _ of request.context) if (!wholeContext) break;
            progress({ stream: "building" });
            await new Promise((_, reject) =>
              request.signal.addEventListener("abort", () => reject(invalid("aborted"))),
            );
            return { id: "" };
          },
        },
      });
      const client = await server.connect();
      const context = Buffer.alloc(600_000);
      client.send(`POST /build HTTP/1.1\r\nHost: d\r\nContent-Length: ${context.length}\r\n\r\n`);
      for (let sent = 0; sent < context.length; ) {
        sent += Math.max(0, client.send(context.subarray(sent)));
        await Bun.sleep(1);
      }
      await client.until("building");
      expect(signal?.aborted).toBe(false);
      client.close();
      await eventually(() => signal?.aborted === true);
    }
  });

  test("a client that does not read its progress is given up, not remembered without end", async () => {
    let signal: AbortSignal | undefined;
    await using server = await startServer({
      builder: {
        build: async (request, progress) => {
          signal = request.signal;
          while (!request.signal.aborted) {
            for (let i = 0; i < 1000; i++) progress({ stream: "y".repeat(1000) });
            await Bun.sleep(1);
          }
          throw invalid("aborted");
        },
      },
    });
    const client = await server.connect();
    client.send("POST /build HTTP/1.1\r\nHost: d\r\n\r\n");
    await client.until("\r\n\r\n");
    client.pause();
    await eventually(() => signal?.aborted === true);
    client.close();
  });
});
