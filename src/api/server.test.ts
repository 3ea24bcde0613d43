import { describe, expect, test } from "bun:test";
import { conflict, denied, internal, invalid, notFound, unavailable, unsupported } from "../core/index.ts";
import { startServer } from "./test-support.ts";

describe("cross-cutting rules", () => {
  test.each([
    ["GET", "/nope"],
    ["PUT", "/containers/json"],
    ["GET", "/v1.51"],
    ["GET", "/v1.51/"],
    ["GET", "/"],
    ["GET", "/vfoo/info"],
    ["GET", "/v1.20/nope"],
    ["PATCH", "/version"],
  ])("%s %s: page not found", async (method, path) => {
    await using server = await startServer();
    const reply = await server.fetch(path, { method });
    expect([reply.status, reply.headers.get("content-type"), await reply.text()]).toEqual([
      404,
      "application/json",
      '{"message":"page not found"}\n',
    ]);
  });

  test("a version too new or too old is refused; very old clients get plain text", async () => {
    await using server = await startServer();
    const newer = await server.fetch("/v1.99/info");
    expect([newer.status, await newer.text()]).toEqual([
      400,
      '{"message":"client version 1.99 is too new. Maximum supported API version is 1.51"}\n',
    ]);
    const older = await server.fetch("/v1.20/info");
    expect([older.status, older.headers.get("content-type"), await older.text()]).toEqual([
      400,
      "text/plain; charset=utf-8",
      "client version 1.20 is too old. Minimum supported API version is 1.24, please upgrade your client to a newer version\n",
    ]);
    for (const path of ["/version", "/v1.24/version", "/v1.51/version"]) {
      expect((await server.fetch(path)).status).toBe(200);
    }
  });

  test("headers on every reply", async () => {
    await using server = await startServer();
    for (const path of ["/_ping", "/nope", "/v9.9/info"]) {
      const { headers } = await server.fetch(path);
      expect(headers.get("api-version")).toBe("1.51");
      expect(headers.get("ostype")).toBe("linux");
      expect(headers.get("docker-experimental")).toBe("false");
      expect(headers.get("server")).toBe("Berth/9.8.7 (linux)");
    }
  });

  test("kinds of failure are statuses", async () => {
    const failures = [
      [notFound, 404],
      [conflict, 409],
      [invalid, 400],
      [unavailable, 503],
      [denied, 403],
      [unsupported, 501],
      [internal, 500],
    ] as const;
    for (const [kind, status] of failures) {
      await using server = await startServer({
        networks: {
          list: () => {
            throw kind("why");
          },
        },
      });
      const reply = await server.fetch("/networks");
      expect([reply.status, await reply.text()]).toEqual([status, '{"message":"why"}\n']);
      expect(server.warnings.length).toBe(status === 500 ? 1 : 0);
    }
  });

  test("a fault of the engine's own is a 500, and the operator hears of it", async () => {
    await using server = await startServer({
      networks: {
        list: () => {
          throw new TypeError("oops");
        },
      },
    });
    const reply = await server.fetch("/networks");
    expect([reply.status, await reply.text()]).toEqual([500, '{"message":"oops"}\n']);
    expect(server.warnings[0]).toContain("GET /networks: TypeError: oops");
  });

  test("swarm requests get Docker's sentence, plugins an empty list, the rest of the API a plain refusal", async () => {
    await using server = await startServer();
    for (const path of ["/swarm", "/nodes", "/services", "/tasks", "/secrets", "/configs", "/secrets/x"]) {
      const reply = await server.fetch(`/v1.51${path}`);
      expect([reply.status, await reply.text()]).toEqual([
        503,
        '{"message":"This node is not a swarm manager. Use \\"docker swarm init\\" or \\"docker swarm join\\" to connect this node to swarm and try again."}\n',
      ]);
    }
    expect(await (await server.fetch("/plugins")).text()).toBe("[]\n");
    const volumes = await server.fetch("/volumes/prune", { method: "POST" });
    expect([volumes.status, await volumes.text()]).toEqual([
      501,
      '{"message":"this engine does not offer pruning volumes"}\n',
    ]);
  });

  test("a broken query is a 400", async () => {
    await using server = await startServer();
    const reply = await server.exchange(
      "GET /containers/json?a=%zz HTTP/1.1\r\nHost: d\r\nConnection: close\r\n\r\n",
    );
    expect(reply).toStartWith("HTTP/1.1 400");
    expect(reply).toEndWith('{"message":"invalid URL escape \\"%zz\\""}\n');
  });
});
