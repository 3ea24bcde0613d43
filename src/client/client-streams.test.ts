import { describe, expect, test } from "bun:test";
import { createClient } from "./client.ts";
import type { ApiError } from "./errors.ts";
import { rawServer, reply } from "./testing/raw-server.ts";

const encoder = new TextEncoder();

async function collect(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  for await (const bytes of body) text += new TextDecoder().decode(bytes);
  return text;
}

describe("uploads", () => {
  test("a streaming body is sent in chunks", async () => {
    let body = "";
    await using server = await rawServer(async (connection) => {
      expect(await connection.head()).toContain("\r\nTransfer-Encoding: chunked\r\n");
      body = await connection.until("\r\n0\r\n\r\n");
      connection.write(reply("done"));
    });
    async function* source() {
      yield encoder.encode("abc");
      yield new Uint8Array(0);
      await Bun.sleep(5);
      yield encoder.encode("0123456789abcdef");
    }
    const client = createClient(server.endpoint);
    expect(await client.text("POST", "/build", { body: source() })).toBe("done");
    expect(body).toBe("3\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n");
    client.close();
  });

  test("an early refusal stops the upload and is what the caller hears", async () => {
    await using server = await rawServer(async (connection) => {
      await connection.head();
      connection.write(reply('{"message":"too big"}', "400 Bad Request"));
    });
    let produced = 0;
    let ended = false;
    async function* endless() {
      try {
        for (;;) {
          produced++;
          yield new Uint8Array(1 << 16);
          await Bun.sleep(1);
        }
      } finally {
        ended = true;
      }
    }
    const client = createClient(server.endpoint);
    expect(client.text("POST", "/build", { body: endless() })).rejects.toThrow("too big");
    await Bun.sleep(60);
    const before = produced;
    await Bun.sleep(30);
    expect(produced).toBe(before);
    expect(ended).toBe(true);
    client.close();
  });

  test("a source that fails fails the request, before and after the reply began", async () => {
    for (const early of [false, true]) {
      let seen = "";
      await using server = await rawServer(async (connection) => {
        await connection.head();
        if (early) connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n");
        seen = await connection.rest();
      });
      async function* broken() {
        yield encoder.encode("abc");
        await Bun.sleep(30);
        throw new Error("disk on fire");
      }
      const client = createClient(server.endpoint);
      expect(client.text("POST", "/x", { body: broken() })).rejects.toThrow("disk on fire");
      await Bun.sleep(60);
      // The server must not take the part for the whole.
      expect(seen).not.toContain("0\r\n\r\n");
      client.close();
    }
  });
});

describe("abort", () => {
  test("before, while waiting and while reading", async () => {
    await using server = await rawServer(async (connection) => {
      if ((await connection.head()).includes("/slow")) return;
      connection.write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc");
    });
    const client = createClient(server.endpoint);
    const reason = new Error("enough");
    expect(client.text("GET", "/x", { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    for (const path of ["/slow", "/x"]) {
      const controller = new AbortController();
      const pending = client.text("GET", path, { signal: controller.signal });
      await Bun.sleep(20);
      controller.abort(reason);
      await expect(pending).rejects.toBe(reason);
    }
    client.close();
  });

  test("leaving a body half read closes the connection", async () => {
    const closed = Promise.withResolvers<void>();
    await using server = await rawServer(async (connection) => {
      await connection.head();
      connection.write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n1\r\n\n\r\n");
      connection.socket.on("end", () => closed.resolve());
    });
    const client = createClient(server.endpoint);
    for await (const line of client.lines<object>("GET", "/events")) {
      expect(line).toEqual({});
      break;
    }
    await closed.promise;
  });
});

describe("hijack", () => {
  test("bytes go both ways, and each half closes by itself", async () => {
    let head = "";
    let body = "";
    await using server = await rawServer(async (connection) => {
      head = await connection.head();
      body = await connection.exactly(Number(/content-length: (\d+)/i.exec(head)?.[1]));
      // The stream begins in the same packet as the head.
      connection.write(
        "HTTP/1.1 101 UPGRADED\r\nContent-Type: application/vnd.docker.raw-stream\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nfirst ",
      );
      const input = await connection.rest();
      connection.write(`got ${input.length}`);
      connection.socket.end();
    });
    const client = createClient(server.endpoint);
    const { socket, contentType } = await client.hijack("POST", "/exec/1/start", { json: { Tty: true } });
    expect(contentType).toBe("application/vnd.docker.raw-stream");
    expect(head).toContain("\r\nUpgrade: tcp\r\n");
    expect(body).toBe('{"Tty":true}');
    const text = collect(socket);
    for (let i = 0; i < 64; i++) {
      if (!socket.write(Buffer.alloc(1 << 16, 97)))
        await new Promise((resolve) => socket.once("drain", resolve));
    }
    socket.end();
    expect(await text).toBe(`first got ${64 << 16}`);
    client.close();
  });

  test("the same by a plain request, for output alone", async () => {
    await using server = await rawServer(async (connection) => {
      await connection.head();
      await connection.drip(
        "HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nsome output",
        20,
      );
      connection.socket.end();
    });
    const client = createClient(server.endpoint);
    const headers = { Connection: "Upgrade", Upgrade: "tcp" };
    expect(await client.text("POST", "/containers/x/attach", { headers })).toBe("some output");
    client.close();
  });

  test("a refusal is an ApiError", async () => {
    await using server = await rawServer(async (connection) => {
      await connection.head();
      connection.write(reply('{"message":"container is not running"}', "409 Conflict"));
    });
    const client = createClient(server.endpoint);
    const failure = await client.hijack("POST", "/exec").catch((error: unknown) => error);
    expect((failure as ApiError).status).toBe(409);
    client.close();
  });
});
