import { describe, expect, test } from "bun:test";
import { createClient } from "./client.ts";
import { ApiError, ConnectionError } from "./errors.ts";
import { rawServer, reply } from "./testing/raw-server.ts";

async function collect(body: AsyncIterable<Uint8Array>): Promise<string> {
  let text = "";
  for await (const bytes of body) text += new TextDecoder().decode(bytes);
  return text;
}

describe("requests", () => {
  test("sends method, path with version, query and headers", async () => {
    let head = "";
    await using server = await rawServer(async (connection) => {
      head = await connection.head();
      connection.write(reply("[]"));
    });
    const client = createClient(server.endpoint, { headers: { "User-Agent": "x" } });
    const query = { all: true, filters: '{"a":{"b c":true}}', t: ["a", "b"], no: undefined, n: 3 };
    expect(await client.json<unknown[]>("GET", "/containers/json", { query })).toEqual([]);
    expect(head.split("\r\n")[0]).toBe(
      "GET /v1.51/containers/json?all=1&filters=%7B%22a%22%3A%7B%22b%20c%22%3Atrue%7D%7D&t=a&t=b&n=3 HTTP/1.1",
    );
    expect(head).toContain("\r\nUser-Agent: x\r\n");
    client.close();
  });

  test("a header cannot break out of its line", async () => {
    await using server = await rawServer(() => undefined);
    const client = createClient(server.endpoint);
    await expect(client.text("GET", "/x", { headers: { A: "b\r\nC: d" } })).rejects.toThrow(
      "bad request header",
    );
    await expect(client.text("GET", "/x y")).rejects.toThrow("bad request target");
  });

  test("uses a connection again once its reply was read", async () => {
    await using server = await rawServer(async (connection) => {
      for (;;) {
        if ((await connection.head()) === "") return;
        connection.write(reply('{"a":1}'));
      }
    });
    const client = createClient(server.endpoint);
    for (let i = 0; i < 3; i++) expect(await client.json<{ a: number }>("GET", "/x")).toEqual({ a: 1 });
    expect(server.connections.length).toBe(1);
    client.close();
  });

  test("opens another when the server has closed the kept one", async () => {
    await using server = await rawServer(async (connection) => {
      await connection.head();
      connection.write(reply(String(connection.index)));
      connection.socket.end();
    });
    const client = createClient(server.endpoint);
    expect(await client.json<number>("GET", "/x")).toBe(1);
    await Bun.sleep(20);
    expect(await client.json<number>("POST", "/x")).toBe(2);
    await Bun.sleep(20);
    expect(await client.json<number>("POST", "/x")).toBe(3);
    client.close();
  });

  test("sends only what changes nothing a second time", async () => {
    await using server = await rawServer(async (connection) => {
      await connection.head();
      connection.write(reply("1"));
      // The next request on this connection is seen, and then the server is gone.
      await connection.head();
      if (connection.index === 1) connection.socket.destroy();
    });
    const client = createClient(server.endpoint);
    await client.json("GET", "/x");
    expect(await client.json<number>("GET", "/x")).toBe(1);
    expect(server.connections.length).toBe(2);
    client.close();

    const other = createClient(server.endpoint);
    await other.json("GET", "/x");
    server.connections.at(-1)?.socket.once("data", () => server.connections.at(-1)?.socket.destroy());
    await expect(other.json("POST", "/x")).rejects.toThrow("without a reply");
  });

  test("JSON bodies", async () => {
    let body = "";
    await using server = await rawServer(async (connection) => {
      const head = await connection.head();
      body = await connection.exactly(Number(/content-length: (\d+)/i.exec(head)?.[1]));
      connection.write("HTTP/1.1 204 No Content\r\n\r\n");
    });
    const client = createClient(server.endpoint);
    expect(await client.json<void>("POST", "/x", { json: { ä: "ö" } })).toBeUndefined();
    expect(Buffer.from(body, "latin1").toString()).toBe('{"ä":"ö"}');
    client.close();
  });
});

describe("replies", () => {
  const bodies = ["", "x", "hello world", "a".repeat(5000)];
  const chunked = (body: string, size: number) => {
    let text = "";
    for (let at = 0; at < body.length; at += size) {
      const part = body.slice(at, at + size);
      text += `${part.length.toString(16)};ext=1\r\n${part}\r\n`;
    }
    return `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${text}0\r\nTrailer: x\r\n\r\n`;
  };

  test("chunks at any boundary of the network", async () => {
    for (const body of bodies) {
      for (const [chunk, packet] of [
        [1, 7],
        [3, 1],
        [4096, 100],
        [1000, 100000],
      ] as const) {
        if (body.length > 100 && (chunk < 100 || packet < 100)) continue;
        await using server = await rawServer(async (connection) => {
          await connection.head();
          await connection.drip(chunked(body, chunk), packet);
          await connection.head();
          connection.write(reply("again"));
        });
        const client = createClient(server.endpoint);
        expect(await client.text("GET", "/x")).toBe(body);
        expect(await client.text("GET", "/x")).toBe("again");
        expect(server.connections.length).toBe(1);
        client.close();
      }
    }
  });

  test("interim replies are skipped", async () => {
    await using server = await rawServer(async (connection) => {
      await connection.head();
      await connection.drip(
        `HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n${reply("ok")}`,
        5,
      );
    });
    const client = createClient(server.endpoint);
    expect(await client.text("GET", "/x")).toBe("ok");
    client.close();
  });

  test("without a length the body goes on to the end of the connection", async () => {
    await using server = await rawServer(async (connection) => {
      await connection.head();
      await connection.drip("HTTP/1.1 200 OK\r\n\r\nabcdef", 3);
      connection.socket.end();
    });
    const client = createClient(server.endpoint);
    expect(await client.text("GET", "/x")).toBe("abcdef");
    client.close();
  });

  test("a large body that is read slowly holds the sender back", async () => {
    const block = "y".repeat(1 << 16);
    let sent = 0;
    await using server = await rawServer(async (connection) => {
      await connection.head();
      connection.write(`HTTP/1.1 200 OK\r\nContent-Length: ${block.length * 128}\r\n\r\n`);
      for (let i = 0; i < 128; i++) {
        if (!connection.socket.write(block)) {
          await new Promise((resolve) => connection.socket.once("drain", resolve));
        }
        sent += block.length;
      }
    });
    const client = createClient(server.endpoint);
    const { body } = await client.request("GET", "/x");
    await Bun.sleep(100);
    expect(sent).toBeLessThan(4 << 20);
    expect((await collect(body)).length).toBe(block.length * 128);
    client.close();
  });

  for (const [name, text, message] of [
    ["garbage", "SSH-2.0-OpenSSH\r\n\r\n", "is not HTTP"],
    ["a bad header", "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", "bad header line"],
    ["half a head", "HTTP/1.1 200 OK\r\nContent-", "in the middle of its reply"],
    ["half a body", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", "in the middle of its reply"],
    ["half a chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "in the middle"],
    ["a bad chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "bad chunk"],
    ["a bad length", "HTTP/1.1 200 OK\r\nContent-Length: -3\r\n\r\n", "bad Content-Length"],
    ["nothing", "", "without a reply"],
  ] as const) {
    test(`${name} is an error that says so`, async () => {
      await using server = await rawServer(async (connection) => {
        await connection.head();
        connection.write(text);
        connection.socket.end();
      });
      const client = createClient(server.endpoint);
      const failure = await client.text("POST", "/x").catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ConnectionError);
      expect(String(failure)).toContain(message);
      client.close();
    });
  }

  test("an endless head is cut off", async () => {
    await using server = await rawServer(async (connection) => {
      await connection.head();
      connection.write(`HTTP/1.1 200 OK\r\n${"A: b\r\n".repeat(100_000)}`);
    });
    const client = createClient(server.endpoint);
    await expect(client.text("GET", "/x")).rejects.toThrow("endless head");
  });
});

describe("errors of the engine", () => {
  for (const [body, message] of [
    ['{"message":"No such container: x"}\n', "No such container: x"],
    ["page not found\n", "page not found"],
    ["", "404 Not Found for /x"],
    ['{"other":1}', '{"other":1}'],
  ] as const) {
    test(`${JSON.stringify(body)} reads as ${message}`, async () => {
      await using server = await rawServer(async (connection) => {
        await connection.head();
        connection.write(reply(body, "404 Not Found"));
      });
      const client = createClient(server.endpoint);
      const failure = await client.request("GET", "/x").catch((error: unknown) => error);
      expect(failure).toBeInstanceOf(ApiError);
      expect((failure as ApiError).status).toBe(404);
      expect((failure as ApiError).message).toBe(message);
      client.close();
    });
  }
});

describe("API version", () => {
  for (const [offered, expected] of [
    ["1.41", "1.41"],
    ["1.99", "1.51"],
    ["nonsense", "1.24"],
  ] as const) {
    test(`a server that offers ${offered} is spoken to in ${expected}`, async () => {
      const targets: string[] = [];
      await using server = await rawServer(async (connection) => {
        for (;;) {
          const head = await connection.head();
          if (head === "") return;
          targets.push(head.split(" ")[1] ?? "");
          connection.write(reply("{}", "200 OK", `Api-Version: ${offered}\r\n`));
        }
      });
      const client = createClient(server.endpoint, { negotiate: true });
      await client.json("GET", "/info");
      await client.json("GET", "/info");
      expect(targets).toEqual(["/_ping", `/v${expected}/info`, `/v${expected}/info`]);
      client.close();
    });
  }

  test("a version that was asked for is not negotiated", async () => {
    let head = "";
    await using server = await rawServer(async (connection) => {
      head = await connection.head();
      connection.write(reply("{}"));
    });
    const client = createClient(server.endpoint, { negotiate: true, version: "1.30" });
    await client.json("GET", "/info");
    expect(head).toStartWith("GET /v1.30/info ");
    client.close();
  });
});

describe("no engine", () => {
  test("Docker's words, with the address", async () => {
    const client = createClient({ kind: "unix", path: "/nonexistent/berth.sock" });
    const failure = await client.text("GET", "/info").catch((error: unknown) => error);
    expect((failure as ConnectionError).message).toBe(
      "Cannot connect to the Berth daemon at unix:///nonexistent/berth.sock. Is the berth daemon running?",
    );
    expect((failure as ConnectionError).code).toBe("ENOENT");
  });

  test("onUnreachable may mend it", async () => {
    await using server = await rawServer(async (connection) => {
      await connection.head();
      connection.write(reply('"up"'));
    });
    const { path } = server.endpoint as { path: string };
    const endpoint = { kind: "unix" as const, path: "/nonexistent/berth.sock" };
    const client = createClient(endpoint, {
      onUnreachable: async (error) => {
        expect(error.code).toBe("ENOENT");
        endpoint.path = path;
        return true;
      },
    });
    expect(await client.json<string>("GET", "/x")).toBe("up");
    client.close();
  });
});
