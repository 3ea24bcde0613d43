import { expect, test } from "bun:test";
import { createHash, randomBytes } from "node:crypto";
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";
import { listenTcp } from "./tcp-proxy.ts";

/** A free port of ::1, found by asking for one. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, "::1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}

async function withServer(
  handle: (socket: Socket) => void,
  work: (proxyPort: number) => Promise<void>,
): Promise<void> {
  const server = createServer({ allowHalfOpen: true }, handle).listen(0, "127.0.0.1");
  await once(server, "listening");
  const port = await freePort();
  const proxy = listenTcp("::1", port, {
    address: "127.0.0.1",
    port: (server.address() as AddressInfo).port,
  });
  try {
    await work(port);
  } finally {
    proxy.close();
    server.close();
  }
}

test("megabytes go both ways, with a half-close in between", async () => {
  const sent = randomBytes(5 << 20);
  const answered = randomBytes(5 << 20);
  const digest = (data: Uint8Array) => createHash("sha256").update(data).digest("hex");
  let received = "";
  await withServer(
    (socket) => {
      const chunks: Buffer[] = [];
      socket.on("data", (chunk) => chunks.push(Buffer.from(chunk)));
      socket.on("end", () => {
        received = digest(Buffer.concat(chunks));
        socket.end(answered);
      });
    },
    async (port) => {
      const client = connect({ host: "::1", port, allowHalfOpen: true });
      const chunks: Buffer[] = [];
      client.on("data", (chunk) => chunks.push(Buffer.from(chunk)));
      client.end(sent);
      await once(client, "end");
      expect(received).toBe(digest(sent));
      expect(digest(Buffer.concat(chunks))).toBe(digest(answered));
    },
  );
});

test("a server that hangs up first hangs up the client", async () => {
  await withServer(
    (socket) => socket.end("bye"),
    async (port) => {
      const client = connect({ host: "::1", port });
      const [data] = await once(client, "data");
      expect(String(data)).toBe("bye");
      await once(client, "close");
    },
  );
});

test("a client is cut off where nobody listens", async () => {
  const [port, nobody] = [await freePort(), await freePort()];
  const proxy = listenTcp("::1", port, { address: "127.0.0.1", port: nobody });
  const client = connect({ host: "::1", port });
  client.on("error", () => {});
  await new Promise((resolve) => client.on("close", resolve));
  proxy.close();
});

test("a client that leaves takes its connection to the container along", async () => {
  const closed = Promise.withResolvers<void>();
  await withServer(
    (socket) => {
      socket.on("error", () => {});
      socket.on("close", () => closed.resolve());
      socket.resume();
      socket.on("end", () => socket.end());
    },
    async (port) => {
      const client = connect({ host: "::1", port });
      await once(client, "connect");
      client.destroy();
      await closed.promise;
    },
  );
});
